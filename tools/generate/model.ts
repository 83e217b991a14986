import type {
  ErrorTable,
  MemberTable,
  OperationTable,
  ServiceTable,
  ShapeTable,
  SimpleType,
  StructureTable,
  TypeUse,
} from '../../src/shapes/table.ts';
import type { Declarations, ProtocolFacts } from './declarations.ts';
import type { Overlay } from './overlay.ts';
import type { ServiceSource } from './services.ts';

/*
 * A schema of the packages is a tuple whose first element is its kind:
 *   9 operation   [9, namespace, name, traits, input, output]
 *   3 structure   [3, namespace, name, traits, member names, member schemas, required count]   -3 error, 4 union
 *   1 list        [1, namespace, name, traits, element]
 *   2 map         [2, namespace, name, traits, key, value]
 *   0 simple      [0, namespace, name, traits, code]
 * A member's schema is a tuple, a function that returns it, a bare code, or [one of these, traits].
 */
type Schema = readonly unknown[];

const KIND = { simple: 0, list: 1, map: 2, structure: 3, error: -3, union: 4, operation: 9 } as const;

/** Codes of simple types; 64 and 128 on top make a list and a map of them. */
const CODES: Readonly<Record<number, SimpleType>> = {
  0: 'string',
  1: 'integer',
  2: 'boolean',
  4: 'timestamp',
  5: 'timestamp',
  6: 'timestamp',
  7: 'timestamp',
  15: 'document',
  17: 'long',
  19: 'double',
  21: 'blob',
  42: 'blob',
};
const FORMATS: Readonly<Record<number, NonNullable<TypeUse['format']>>> = {
  5: 'date-time',
  6: 'http-date',
  7: 'epoch-seconds',
};
const LIST_OF = 64;
const MAP_OF = 128;

/** What one service's tables are made from. */
export interface ModelSources {
  readonly source: ServiceSource;
  /** All exports of the package. */
  readonly exported: Readonly<Record<string, unknown>>;
  readonly declarations: Declarations;
  readonly protocol: ProtocolFacts;
  readonly overlay: Overlay;
  /** Names of the errors that an operation declares. */
  readonly errorsOf: (operation: string) => readonly string[];
}

/** Builds the tables of one service; throws when the package does not look as it should. */
export function buildModel(sources: ModelSources): ServiceTable {
  const builder = new ModelBuilder(sources);
  const { source, exported, protocol, overlay } = sources;
  const operations: Record<string, OperationTable> = {};
  const otherOperations: string[] = [];
  const schemas = Object.values(exported).filter((value): value is Schema => isOperation(value));
  for (const schema of schemas.toSorted((a, b) => (String(a[2]) < String(b[2]) ? -1 : 1))) {
    const name = String(schema[2]);
    if (source.only !== undefined && !source.only.includes(name)) otherOperations.push(name);
    else operations[name] = builder.operation(name, schema);
  }
  builder.checkOverlay();
  return {
    service: source.name,
    ...protocol,
    operations: Object.fromEntries(
      Object.entries(operations).map(([name, operation]) => [
        name,
        overlay.unsigned.includes(name) ? { ...operation, unsigned: true as const } : operation,
      ]),
    ),
    otherOperations,
    shapes: builder.shapes,
  };
}

const isOperation = (value: unknown): boolean => Array.isArray(value) && value[0] === KIND.operation;

class ModelBuilder {
  readonly shapes: Record<string, ShapeTable> = {};
  readonly #sources: ModelSources;

  constructor(sources: ModelSources) {
    this.#sources = sources;
  }

  operation(name: string, schema: Schema): OperationTable {
    const input = this.#optional(schema[4]);
    const output = this.#optional(schema[5]);
    const errors = this.#sources.errorsOf(name);
    for (const error of errors) this.#error(error);
    return {
      ...(input === undefined ? {} : { input }),
      ...(output === undefined ? {} : { output }),
      errors,
      ...(this.#sources.protocol.protocol === 'restXml' ? { http: httpOf(name, schema[3]) } : {}),
    };
  }

  /** Every line of the overlay has to name a member that exists, or it is a typing mistake. */
  checkOverlay(): void {
    const { overlay, source } = this.#sources;
    const keys = [
      ...Object.keys(overlay.numbers),
      ...Object.keys(overlay.constraints),
      ...Object.keys(overlay.members),
    ];
    const wrong = keys.filter((key) => {
      const [structure = '', member = ''] = key.split('.');
      const shape = this.shapes[structure];
      return shape === undefined || !('members' in shape) || shape.members[member] === undefined;
    });
    if (wrong.length > 0) throw new Error(`overlay of ${source.name}: no ${wrong.join(', ')}`);
  }

  #error(name: string): void {
    const schema = this.#sources.exported[`${name}$`];
    if (!Array.isArray(schema)) throw new Error(`${this.#sources.source.name}: no schema of error ${name}`);
    this.#use(schema, undefined);
  }

  #optional(schema: unknown): string | undefined {
    const use = this.#use(schema, undefined);
    return use.type === 'unit' ? undefined : use.type;
  }

  /** The type that a schema stands for; shapes on the way are added. `enumName` is what its strings may hold. */
  #use(schema: unknown, enumName: string | undefined): TypeUse {
    if (typeof schema === 'function') return this.#use(schema(), enumName);
    if (schema === 'unit') return { type: 'unit' };
    if (typeof schema === 'number') return this.#code(schema, enumName);
    if (!Array.isArray(schema)) throw new Error(`not a schema: ${String(schema)}`);
    if (schema.length === 2) return { ...this.#use(schema[0], enumName), ...traitsOf(schema[1]) };
    switch (schema[0]) {
      case KIND.simple:
        return { ...this.#code(Number(schema[4]), enumName), ...traitsOf(schema[3]) };
      case KIND.list:
        return { type: this.#list(schema, enumName) };
      case KIND.map:
        return { type: this.#map(schema, enumName) };
      case KIND.structure:
      case KIND.error:
      case KIND.union:
        return { type: this.#structure(schema) };
      default:
        throw new Error(`unknown kind of schema: ${String(schema[0])}`);
    }
  }

  #code(code: number, enumName: string | undefined): TypeUse {
    if (code >= MAP_OF) return this.#anonymous('map', this.#code(code - MAP_OF, enumName));
    if (code >= LIST_OF) return this.#anonymous('list', this.#code(code - LIST_OF, enumName));
    const simple = CODES[code];
    if (simple === undefined) throw new Error(`unknown simple type ${code}`);
    if (simple === 'string' && enumName !== undefined) return { type: this.#enum(enumName) };
    const format = FORMATS[code];
    return {
      type: simple === 'integer' ? this.#sources.source.numberType : simple,
      ...(format === undefined ? {} : { format }),
    };
  }

  #anonymous(kind: 'list' | 'map', element: TypeUse): TypeUse {
    const name = kind === 'list' ? `[${element.type}]` : `{${element.type}}`;
    this.shapes[name] ??=
      kind === 'list' ? { kind, element } : { kind, key: { type: 'string' }, value: element };
    return { type: name };
  }

  #enum(name: string): string {
    this.shapes[name] ??= { kind: 'enum', values: this.#sources.declarations.enums.get(name) ?? [] };
    return name;
  }

  #list(schema: Schema, enumName: string | undefined): string {
    const element = this.#use(schema[4], enumName);
    const name = enumName === undefined ? String(schema[2]) : `${String(schema[2])}[${enumName}]`;
    this.shapes[name] ??= { kind: 'list', element };
    return name;
  }

  #map(schema: Schema, enumName: string | undefined): string {
    const key = this.#use(schema[4], undefined);
    const value = this.#use(schema[5], enumName);
    const name = enumName === undefined ? String(schema[2]) : `${String(schema[2])}{${enumName}}`;
    this.shapes[name] ??= { kind: 'map', key, value };
    return name;
  }

  #structure(schema: Schema): string {
    const name = String(schema[2]);
    if (this.shapes[name] !== undefined) return name;
    const members: Record<string, MemberTable> = {};
    const kind = schema[0] === KIND.union ? 'union' : schema[0] === KIND.error ? 'error' : 'structure';
    const table: StructureTable = {
      kind,
      members,
      ...(kind === 'error' ? { error: errorOf(name, schema[3]) } : {}),
      ...(traitsOf(schema[3]).sensitive ? { sensitive: true as const } : {}),
      ...xmlNameOf(schema[3]),
    };
    this.shapes[name] = table;
    const names = schema[4] as readonly string[];
    const schemas = schema[5] as readonly unknown[];
    const requiredCount = Number(schema[6] ?? 0);
    for (const [index, member] of names.entries()) {
      members[member] = this.#member(name, member, {
        schema: schemas[index],
        required: index < requiredCount,
      });
    }
    for (const [key, added] of Object.entries(this.#sources.overlay.members)) {
      const [structure, member = ''] = key.split('.');
      if (structure === name) members[member] = added;
    }
    return name;
  }

  #member(structure: string, member: string, found: { schema: unknown; required: boolean }): MemberTable {
    const { declarations, overlay } = this.#sources;
    const key = `${structure}.${member}`;
    const enumName = declarations.enumOf.get(key) ?? declarations.enumOf.get(`_${key}`);
    const constraints = overlay.constraints[key];
    const numberType = overlay.numbers[key];
    return {
      ...this.#use(found.schema, enumName),
      ...(numberType === undefined ? {} : { type: numberType }),
      ...(found.required ? { required: true as const } : {}),
      ...(constraints === undefined ? {} : { constraints }),
    };
  }
}

/** The bits of traits that are a mask. */
const TRAIT_BITS = {
  httpLabel: 0b1,
  idempotencyToken: 0b100,
  sensitive: 0b1000,
  httpPayload: 0b10000,
} as const;
/** The traits that matter to the wire: those that are there or not, by our name, and those with a text. */
const FLAGS: Readonly<Record<string, string>> = {
  flattened: 'xmlFlattened',
  sensitive: 'sensitive',
  idempotencyToken: 'idempotencyToken',
  httpLabel: 'httpLabel',
  httpPayload: 'httpPayload',
};
const TEXTS = [
  'xmlName',
  'ec2QueryName',
  'jsonName',
  'httpHeader',
  'httpQuery',
  'httpPrefixHeaders',
] as const;

/** Traits are an object, or for the frequent ones a mask of bits. Only those that matter to the wire are kept. */
function traitsOf(traits: unknown): Omit<MemberTable, 'type'> {
  if (typeof traits === 'number') {
    const set = Object.entries(TRAIT_BITS).filter(([, bit]) => (traits & bit) !== 0);
    return Object.fromEntries(set.map(([name]) => [name, true]));
  }
  const all = (traits ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries([
    ...TEXTS.filter((name) => typeof all[name] === 'string').map((name) => [name, all[name]]),
    ...Object.entries(FLAGS).flatMap(([name, trait]) => (all[trait] ? [[name, true]] : [])),
  ]) as Omit<MemberTable, 'type'>;
}

/** An operation's method, path and status, which REST needs. */
function httpOf(name: string, traits: unknown): NonNullable<OperationTable['http']> {
  const http = (traits as { http?: readonly [string, string, number] }).http;
  if (http === undefined) throw new Error(`operation ${name} has no path`);
  const [method, path, status] = http;
  return { method, path, status };
}

/** The name of a structure's element, where the model gives one. */
const xmlNameOf = (traits: unknown): { readonly xmlName?: string } => {
  const { xmlName } = (typeof traits === 'object' && traits !== null ? traits : {}) as { xmlName?: string };
  return xmlName === undefined ? {} : { xmlName };
};

function errorOf(name: string, traits: unknown): ErrorTable {
  const all = traits as {
    error?: 'client' | 'server';
    httpError?: number;
    awsQueryError?: readonly [string, number];
  };
  if (all.error === undefined) throw new Error(`error ${name} has no fault`);
  const status = all.awsQueryError?.[1] ?? all.httpError;
  const queryCode = all.awsQueryError?.[0];
  return {
    fault: all.error,
    ...(status === undefined ? {} : { status }),
    ...(queryCode === undefined ? {} : { queryCode }),
  };
}
