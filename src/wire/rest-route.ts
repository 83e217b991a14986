import type { OperationTable, ServiceTable } from '../shapes/table.ts';
import type { NamedOperation } from './codec.ts';
import { headerOf, type WireRequest } from './request.ts';

/** What a request's path and host name. */
export interface Labels {
  readonly Bucket?: string | undefined;
  readonly Key?: string | undefined;
}

interface Candidate {
  readonly operation: NamedOperation;
  readonly method: string;
  readonly hasBucket: boolean;
  readonly hasKey: boolean;
  /** What the query must hold: a name, with a value unless it is empty. */
  readonly query: readonly (readonly [string, string])[];
  /** Names of the query parameters and headers that the operation cannot do without. */
  readonly requiredQuery: readonly string[];
  readonly requiredHeaders: readonly string[];
}

/** Finds the operation of a request by its method, what it names, its query and its headers. */
export class RestRouter {
  readonly #candidates: readonly Candidate[];
  readonly #hostSuffixes: readonly string[];

  /** `hostSuffixes` are names of ours: in `<bucket>.<suffix>` the host names the bucket. */
  constructor(table: ServiceTable, hostSuffixes: readonly string[]) {
    this.#candidates = Object.entries(table.operations)
      .flatMap(([name, operation]) => candidateOf(table, { name, table: operation }))
      .toSorted((a, b) => weight(b) - weight(a));
    this.#hostSuffixes = hostSuffixes.map((suffix) => `.${suffix}`);
  }

  /** Undefined when nothing fits, or when the path cannot be decoded. */
  route(request: WireRequest): { readonly operation: NamedOperation; readonly labels: Labels } | undefined {
    const labels = labelsOf(request, this.#hostSuffixes);
    if (labels === undefined) return undefined;
    const query = new URLSearchParams(request.query.replaceAll('+', '%2B'));
    const found = this.#candidates.find(
      (candidate) =>
        candidate.method === request.method &&
        candidate.hasBucket === (labels.Bucket !== undefined) &&
        candidate.hasKey === (labels.Key !== undefined) &&
        candidate.query.every(
          ([name, value]) => query.has(name) && (value === '' || query.get(name) === value),
        ) &&
        candidate.requiredQuery.every((name) => query.has(name)) &&
        candidate.requiredHeaders.every((name) => headerOf(request, name) !== undefined),
    );
    return found && { operation: found.operation, labels };
  }
}

/** The more an operation asks for, the earlier it is tried. */
const weight = ({ query, requiredQuery, requiredHeaders }: Candidate): number =>
  query.length + requiredQuery.length + requiredHeaders.length;

function candidateOf(
  table: ServiceTable,
  operation: { name: string; table: OperationTable },
): readonly Candidate[] {
  const { http, input } = operation.table;
  const [path = '', query = ''] = http?.path.split('?') ?? [];
  if (http === undefined || (path !== '/' && path !== '/{Key+}')) return [];
  const shape = input === undefined ? undefined : table.shapes[input];
  const members = shape !== undefined && 'members' in shape ? Object.entries(shape.members) : [];
  const required = members.map(([, member]) => member).filter((member) => member.required === true);
  return [
    {
      operation,
      method: http.method,
      hasBucket: members.some(([name, member]) => name === 'Bucket' && member.httpLabel === true),
      hasKey: path === '/{Key+}',
      query: [...new URLSearchParams(query)].filter(([name]) => name !== 'x-id'),
      requiredQuery: required.flatMap(({ httpQuery }) => httpQuery ?? []),
      requiredHeaders: required.flatMap(({ httpHeader }) => httpHeader?.toLowerCase() ?? []),
    },
  ];
}

function labelsOf(request: WireRequest, suffixes: readonly string[]): Labels | undefined {
  const path = decoded(request.path.slice(1));
  if (path === undefined) return undefined;
  const host = (headerOf(request, 'host') ?? '').replace(/:\d+$/, '').toLowerCase();
  const suffix = suffixes.find((each) => host.endsWith(each));
  if (suffix !== undefined) {
    return { Bucket: host.slice(0, -suffix.length), ...(path === '' ? {} : { Key: path }) };
  }
  const slash = path.indexOf('/');
  const bucket = slash < 0 ? path : path.slice(0, slash);
  const key = slash < 0 ? '' : path.slice(slash + 1);
  return { ...(bucket === '' ? {} : { Bucket: bucket }), ...(key === '' ? {} : { Key: key }) };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
