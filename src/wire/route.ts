import type { ServiceTable } from '../shapes/table.ts';
import type { Codec, NamedOperation } from './codec.ts';
import { type FormNode, formValue, parseForm } from './form.ts';
import { clientRefusal, type Refusal } from './refusal.ts';
import { headerOf, type WireRequest } from './request.ts';
import { type Labels, RestRouter } from './rest-route.ts';
import { scopeService } from './sigv4/presented.ts';

/** Where a request goes. */
export type Route =
  | {
      readonly kind: 'operation';
      readonly codec: Codec;
      readonly operation: NamedOperation;
      /** The parameters of a query request; a JSON request has its body. */
      readonly form: FormNode | undefined;
      /** What the path and the host of a REST request name. */
      readonly labels?: Labels | undefined;
      /** The type of a JSON answer, when the request used another version of JSON than the service's own. */
      readonly contentType: string | undefined;
    }
  /** The operation exists in the service, but not here. */
  | { readonly kind: 'unbuilt'; readonly codec: Codec; readonly name: string }
  /** No such operation. Without a codec the service is not known either. */
  | {
      readonly kind: 'unknown';
      readonly codec: Codec | undefined;
      readonly isForm: boolean;
      readonly refusal: Refusal;
    };

/** Finds service and operation of a request: a lookup of the target, or of the form's action. */
export class Router {
  readonly #byTarget: ReadonlyMap<string, Codec>;
  readonly #bySigningName: ReadonlyMap<string, Codec>;
  readonly #byVersion: ReadonlyMap<string, Codec>;
  readonly #rest: readonly { readonly codec: Codec; readonly router: RestRouter }[];

  /** In `<bucket>.<name of ours>` the host names a bucket; `hostSuffixes` are our names. */
  constructor(codecs: readonly Codec[], hostSuffixes: readonly string[] = []) {
    this.#byTarget = new Map(codecs.map((codec) => [codec.table.targetPrefix, codec]));
    const query = codecs.filter(({ table }) => isQuery(table));
    this.#bySigningName = new Map(query.map((codec) => [codec.table.signingName, codec]));
    this.#byVersion = new Map(query.map((codec) => [codec.table.version, codec]));
    this.#rest = codecs
      .filter(({ table }) => table.protocol === 'restXml')
      .map((codec) => ({ codec, router: new RestRouter(codec.table, hostSuffixes) }));
  }

  route(request: WireRequest): Route {
    const target = headerOf(request, 'x-amz-target');
    if (target !== undefined) return this.#jsonRoute(request, target);
    const service = scopeService(request);
    const rest = this.#rest.find(({ codec }) => codec.table.signingName === service);
    if (rest !== undefined) return restRoute(rest, request);
    const contentType = headerOf(request, 'content-type');
    if (contentType?.startsWith('application/x-www-form-urlencoded')) {
      return this.#formRoute(request, request.body.toString('utf8'));
    }
    if (/(?:^|&)Action=/.test(request.query)) return this.#formRoute(request, request.query);
    return unknown(
      undefined,
      false,
      clientRefusal('UnknownOperationException', 'No operation is named.', 404),
    );
  }

  /** The service that a form is for, as far as its head says. Undefined for all that is routed by its head. */
  codecOfForm(request: WireRequest): Codec | undefined {
    if (headerOf(request, 'x-amz-target') !== undefined) return undefined;
    return this.#bySigningName.get(scopeService(request) ?? '');
  }

  #jsonRoute(request: WireRequest, target: string): Route {
    const dot = target.lastIndexOf('.');
    const codec = this.#byTarget.get(target.slice(0, dot));
    const name = target.slice(dot + 1);
    const contentType = jsonType(headerOf(request, 'content-type'));
    return (
      operationRoute(codec, { name, form: undefined, contentType }) ??
      unknown(codec, false, clientRefusal('UnknownOperationException', unknownText(codec, target)))
    );
  }

  #formRoute(request: WireRequest, text: string): Route {
    const parsed = parseForm(text);
    if (parsed.kind === 'refused') {
      const { limit, allowed } = parsed.issue;
      const message = `The request exceeds the limit ${limit} of ${allowed}.`;
      return unknown(
        this.#formCodec(request, undefined),
        true,
        clientRefusal('MalformedQueryString', message),
      );
    }
    const name = formValue(parsed.root, 'Action') ?? '';
    const version = formValue(parsed.root, 'Version') ?? '';
    const codec = this.#formCodec(request, version);
    const message = `Could not find operation ${quoted(name)} for version ${quoted(version)}`;
    return (
      operationRoute(codec, { name, form: parsed.root, contentType: undefined }) ??
      unknown(codec, true, name === '' ? MISSING_ACTION : clientRefusal('InvalidAction', message))
    );
  }

  #formCodec(request: WireRequest, version: string | undefined): Codec | undefined {
    const service = scopeService(request);
    return this.#bySigningName.get(service ?? '') ?? this.#byVersion.get(version ?? '');
  }
}

function restRoute(
  { codec, router }: { readonly codec: Codec; readonly router: RestRouter },
  request: WireRequest,
): Route {
  const found = router.route(request);
  return found === undefined
    ? unknown(codec, false, clientRefusal('MethodNotAllowed', NOT_ALLOWED, 405))
    : { kind: 'operation', codec, ...found, form: undefined, contentType: undefined };
}

const NOT_ALLOWED = 'The specified method is not allowed against this resource.';

const unknownText = (codec: Codec | undefined, target: string): string =>
  codec === undefined
    ? `The service of the target ${quoted(target)} is not built yet.`
    : `${codec.table.serviceId} has no operation ${quoted(target)}.`;

const MISSING_ACTION = clientRefusal('MissingAction', 'The request must contain the parameter Action');

const isQuery = (table: ServiceTable): boolean =>
  table.protocol === 'awsQuery' || table.protocol === 'ec2Query';

function operationRoute(
  codec: Codec | undefined,
  found: { name: string; form: FormNode | undefined; contentType: string | undefined },
): Route | undefined {
  if (codec === undefined) return undefined;
  const { name, form, contentType } = found;
  const { operations, otherOperations } = codec.table;
  const table = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (table !== undefined) return { kind: 'operation', codec, operation: { name, table }, form, contentType };
  if (otherOperations.includes(name)) return { kind: 'unbuilt', codec, name };
  return undefined;
}

const unknown = (codec: Codec | undefined, isForm: boolean, refusal: Refusal): Route => ({
  kind: 'unknown',
  codec,
  isForm,
  refusal,
});

function jsonType(contentType: string | undefined): string | undefined {
  return contentType?.startsWith('application/x-amz-json-1.0') ? 'application/x-amz-json-1.0' : undefined;
}

/** A name from outside inside a message: cut, and only with the characters that names have. */
const quoted = (name: string): string => name.slice(0, 128).replace(/[^\w.:-]/g, '?');
