/** How the requests and answers of a service travel. */
export type Protocol = 'awsJson1_0' | 'awsJson1_1' | 'awsQuery' | 'ec2Query' | 'restXml';

/** The simple types of the tables. Everything else is the name of a shape; those start with a capital or a bracket. */
export type SimpleType =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'long'
  | 'double'
  | 'timestamp'
  | 'blob'
  | 'document';

/** Bounds of a value that the service refuses to leave. Lengths count characters, or elements of a list. */
export interface Constraints {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly min?: number;
  readonly max?: number;
  /** A JavaScript regular expression (with the `u` flag) for the whole value; also the text quoted to the caller. */
  readonly pattern?: string;
}

/** One use of a type: of a member, or of the elements of a list or map. */
export interface TypeUse {
  /** A `SimpleType`, or a key of `ServiceTable.shapes`. */
  readonly type: string;
  readonly xmlName?: string;
  readonly flattened?: true;
  readonly ec2QueryName?: string;
  readonly jsonName?: string;
  readonly sensitive?: true;
  /** Of a timestamp, when it is not the protocol's own format. */
  readonly format?: 'date-time' | 'http-date' | 'epoch-seconds';
  readonly constraints?: Constraints;
}

/** One member of a structure. */
export interface MemberTable extends TypeUse {
  readonly required?: true;
  /** In REST: the member is a part of the path or of the host. */
  readonly httpLabel?: true;
  /** In REST: the name of the header, or of the query parameter, that holds the member. */
  readonly httpHeader?: string;
  readonly httpQuery?: string;
  /** In REST: the member is a map of all headers that begin so. */
  readonly httpPrefixHeaders?: string;
  /** In REST: the member is the body. */
  readonly httpPayload?: true;
  /** Clients fill it with a fresh value when the caller gives none. */
  readonly idempotencyToken?: true;
}

/** What an error structure says about its HTTP form. */
export interface ErrorTable {
  readonly fault: 'client' | 'server';
  readonly status?: number;
  /** The code in the query protocols, where it is not the name of the shape. */
  readonly queryCode?: string;
}

/** A structure, a union (exactly one member is set) or an error. */
export interface StructureTable {
  readonly kind: 'structure' | 'union' | 'error';
  readonly members: Readonly<Record<string, MemberTable>>;
  readonly error?: ErrorTable;
  readonly sensitive?: true;
  /** The name of the element, where it is not that of the shape. */
  readonly xmlName?: string;
}

/** A list, whose elements are all of one type. */
export interface ListTable {
  readonly kind: 'list';
  readonly element: TypeUse;
}

/** A map from strings. */
export interface MapTable {
  readonly kind: 'map';
  readonly key: TypeUse;
  readonly value: TypeUse;
}

/** A string with a closed set of values. */
export interface EnumTable {
  readonly kind: 'enum';
  readonly values: readonly string[];
}

/** A named shape of the model. */
export type ShapeTable = StructureTable | ListTable | MapTable | EnumTable;

/** One operation. Input and output are shape names; undefined means "nothing". */
export interface OperationTable {
  readonly input?: string;
  readonly output?: string;
  readonly errors: readonly string[];
  /** In REST: the method, the path with its fixed query, and the status of an answer. */
  readonly http?: { readonly method: string; readonly path: string; readonly status: number };
  /** The operation may be called without a signature. */
  readonly unsigned?: true;
}

/** Everything the wire needs to know about a service. */
export interface ServiceTable {
  /** Our name of the service, which is also the prefix of its IAM actions. */
  readonly service: string;
  /** Its name in messages, e.g. `AWS STS`. */
  readonly serviceId: string;
  readonly protocol: Protocol;
  /** The service name in the credential scope of a signature. */
  readonly signingName: string;
  /** What stands before the dot in `X-Amz-Target`. */
  readonly targetPrefix: string;
  /** The API version, e.g. `2010-05-08`. */
  readonly version: string;
  readonly xmlNamespace: string;
  readonly operations: Readonly<Record<string, OperationTable>>;
  /** Operations that exist in the service but whose shapes are left out here. */
  readonly otherOperations: readonly string[];
  readonly shapes: Readonly<Record<string, ShapeTable>>;
}
