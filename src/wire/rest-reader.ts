import type { MemberTable, ServiceTable, StructureTable } from '../shapes/table.ts';
import { shapeOf } from './compiled-structures.ts';
import type { Walk } from './issue.ts';
import { headerOf, type WireRequest } from './request.ts';
import type { Labels } from './rest-route.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';

type Values = Record<string, unknown>;

/** A body that is not the XML that the operation needs. */
export class UnreadableXml extends Error {}

/**
 * Reads inputs whose members are in the path, the query, the headers and the body. Closed sets of values are not checked
 * here: the service names a wrong one in other words each time, so operations do.
 */
export class RestReaders {
  readonly #table: ServiceTable;

  constructor(table: ServiceTable) {
    this.#table = table;
  }

  /** Throws `UnreadableXml`; everything else that is wrong is added to `walk`. */
  input(
    name: string,
    request: WireRequest,
    { labels, walk }: { readonly labels: Labels; readonly walk: Walk },
  ): Values {
    const query = new URLSearchParams(request.query.replaceAll('+', '%2B'));
    const out: Values = {};
    for (const [member, table] of Object.entries(this.#structure(name).members)) {
      const value = this.#member(member, table, { request, labels, query, walk });
      if (value !== undefined) out[member] = value;
      else if (table.required === true) walk.add({ kind: 'required', path: walk.at(member) });
    }
    return out;
  }

  #member(
    name: string,
    member: MemberTable,
    from: {
      readonly request: WireRequest;
      readonly labels: Labels;
      readonly query: URLSearchParams;
      readonly walk: Walk;
    },
  ): unknown {
    const { request, labels, query, walk } = from;
    if (member.httpLabel === true) return labels[name as keyof Labels];
    if (member.httpPrefixHeaders !== undefined) return prefixed(request, member.httpPrefixHeaders);
    if (member.httpPayload === true) return this.#payload(member, request, walk);
    const text =
      member.httpQuery === undefined
        ? member.httpHeader === undefined
          ? undefined
          : headerOf(request, member.httpHeader.toLowerCase())
        : (query.get(member.httpQuery) ?? undefined);
    if (text === undefined) return undefined;
    const shape = this.#table.shapes[member.type];
    if (shape?.kind === 'list') return text.split(',').map((part) => part.trim());
    return scalar(text, member, { name, walk });
  }

  #payload(member: MemberTable, { body }: WireRequest, walk: Walk): unknown {
    if (member.type === 'blob') return body;
    if (body.length === 0) return undefined;
    if (member.type === 'string') return body.toString('utf8');
    const node = parseXml(body.toString('utf8'));
    if (node === undefined) throw new UnreadableXml();
    return this.#values(member.type, node, walk);
  }

  #values(name: string, node: XmlNode, walk: Walk): Values {
    const out: Values = {};
    for (const [member, table] of Object.entries(this.#structure(name).members)) {
      const found = node.children.filter((child) => child.name === (table.xmlName ?? member));
      const value = this.#value(member, table, { found, walk });
      if (value !== undefined) out[member] = value;
      else if (table.required === true) throw new UnreadableXml();
    }
    return out;
  }

  #value(
    name: string,
    member: MemberTable,
    { found, walk }: { readonly found: readonly XmlNode[]; readonly walk: Walk },
  ): unknown {
    const [first] = found;
    if (first === undefined) return undefined;
    const shape = this.#table.shapes[member.type];
    if (shape === undefined || shape.kind === 'enum') return scalar(first.text, member, { name, walk });
    if (shape.kind === 'list') {
      const items = member.flattened === true ? found : first.children;
      return items.map((item) => this.#value(name, shape.element, { found: [item], walk }));
    }
    if (shape.kind === 'map') throw new UnreadableXml();
    return this.#values(member.type, first, walk);
  }

  #structure(name: string): StructureTable {
    const shape = shapeOf(this.#table, name);
    if (!('members' in shape)) throw new Error(`${this.#table.service}: ${name} is no structure`);
    return shape;
  }
}

/** Undefined, with an issue, when the text is no value of the type. */
function scalar(
  text: string,
  { type }: MemberTable,
  { name, walk }: { readonly name: string; readonly walk: Walk },
): unknown {
  const value = parsed(text.trim(), type);
  if (value !== undefined) return value === text.trim() ? text : value;
  walk.add({ kind: 'type', path: walk.at(name), found: text.slice(0, 64), wanted: type });
  return undefined;
}

function parsed(text: string, type: string): unknown {
  switch (type) {
    case 'boolean':
      return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined;
    case 'integer':
    case 'long':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'timestamp': {
      const epochMs = Date.parse(text);
      return Number.isNaN(epochMs) ? undefined : epochMs;
    }
    default:
      return text;
  }
}

function prefixed({ headers }: WireRequest, prefix: string): Readonly<Record<string, string>> | undefined {
  const entries = Object.keys(headers)
    .filter((name) => name.startsWith(prefix))
    .map((name) => [name.slice(prefix.length), headerOf({ headers }, name) ?? ''] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
