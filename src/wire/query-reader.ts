import type {
  ListTable,
  MapTable,
  MemberTable,
  ServiceTable,
  StructureTable,
  TypeUse,
} from '../shapes/table.ts';
import { CompiledStructures, shapeOf } from './compiled-structures.ts';
import { type ReadValue, withBounds } from './constraints.ts';
import type { FormNode } from './form.ts';
import type { Walk } from './issue.ts';
import { fromBase64, isBase64 } from './json-reader.ts';

/** Reads one node of a form into our form of the value. */
type Read = ReadValue<FormNode>;

/** Reads the top structure of an input from a form. Parameters that the model does not know are dropped. */
export type ReadForm = (node: FormNode, walk: Walk) => Record<string, unknown>;

/**
 * Compiles readers of requests in the two query protocols. They differ in the names of members and in that EC2's
 * lists are always flattened: `Filter.1.Name` where others write `Filters.member.1.Name`.
 */
export class QueryReaders {
  readonly #table: ServiceTable;
  readonly #isEc2: boolean;
  readonly #structures: CompiledStructures<ReadForm>;

  constructor(table: ServiceTable) {
    this.#table = table;
    this.#structures = new CompiledStructures(table, (shape) => this.#compile(shape));
    this.#isEc2 = table.protocol === 'ec2Query';
  }

  structure(name: string): ReadForm {
    return this.#structures.of(name);
  }

  #compile(shape: StructureTable): ReadForm {
    let members: readonly { name: string; wireName: string; required: boolean; read: Read }[] | undefined;
    return (node, walk) => {
      members ??= Object.entries(shape.members).map(([name, member]) => ({
        name,
        wireName: this.#wireName(name, member),
        required: member.required === true,
        read: withBounds(this.#reader(member), member.constraints),
      }));
      const out: Record<string, unknown> = {};
      for (const member of members) {
        const child = node.children?.get(member.wireName);
        if (child !== undefined) out[member.name] = member.read(child, walk, member.name);
        else if (member.required) walk.add({ kind: 'required', path: walk.at(member.name) });
      }
      return out;
    };
  }

  #wireName(name: string, member: MemberTable): string {
    if (!this.#isEc2) return member.xmlName ?? name;
    if (member.ec2QueryName !== undefined) return member.ec2QueryName;
    const plain = member.xmlName ?? name;
    return plain.charAt(0).toUpperCase() + plain.slice(1);
  }

  #reader(use: TypeUse): Read {
    const simple = SIMPLE[use.type];
    if (simple !== undefined) return scalar(simple);
    const shape = shapeOf(this.#table, use.type);
    switch (shape.kind) {
      case 'enum':
        return enumReader(shape.values);
      case 'list':
        return this.#list(shape, this.#isEc2 || use.flattened === true);
      case 'map':
        return this.#map(shape, use.flattened === true);
      default:
        return this.#nested(use.type);
    }
  }

  #nested(name: string): Read {
    let read: ReadForm | undefined;
    return (node, walk, step) => {
      if (node.children === undefined)
        return wrong(walk, step, { found: node.value ?? '', wanted: 'structure' });
      if (!walk.enter(step)) return undefined;
      read ??= this.structure(name);
      const out = read(node, walk);
      walk.leave();
      return out;
    };
  }

  #list(shape: ListTable, flattened: boolean): Read {
    const elementName = shape.element.xmlName ?? 'member';
    let read: Read | undefined;
    return (node, walk, step) => {
      const holder = flattened
        ? node
        : (node.children?.get(elementName) ?? node.children?.get('member') ?? node);
      if (holder.children === undefined) {
        return holder.value === '' ? [] : wrong(walk, step, { found: holder.value ?? '', wanted: 'list' });
      }
      if (!walk.enter(step)) return undefined;
      read ??= this.#reader(shape.element);
      const element = read;
      const out = numbered(holder, walk, step).map((child, index) => element(child, walk, index));
      walk.leave();
      return out;
    };
  }

  #map(shape: MapTable, flattened: boolean): Read {
    const keyName = shape.key.xmlName ?? 'key';
    const valueName = shape.value.xmlName ?? 'value';
    let read: Read | undefined;
    return (node, walk, step) => {
      const holder = flattened ? node : (node.children?.get('entry') ?? node);
      if (holder.children === undefined) {
        return holder.value === ''
          ? {}
          : wrong(walk, step, { found: holder.value ?? '', wanted: 'structure' });
      }
      if (!walk.enter(step)) return undefined;
      read ??= this.#reader(shape.value);
      const element = read;
      const entries = numbered(holder, walk, step).flatMap((child) => {
        const key = child.children?.get(keyName)?.value;
        const value = child.children?.get(valueName);
        return key === undefined || value === undefined ? [] : [[key, element(value, walk, key)] as const];
      });
      walk.leave();
      return Object.fromEntries(entries);
    };
  }
}

/** The children of a list in the order of their numbers; the numbers may have gaps. */
function numbered(node: FormNode, walk: Walk, step: string | number): FormNode[] {
  const found: { position: number; child: FormNode }[] = [];
  for (const [name, child] of node.children ?? []) {
    if (/^[0-9]{1,9}$/.test(name)) found.push({ position: Number(name), child });
    else wrong(walk, step, { found: name, wanted: 'list' });
  }
  return found.sort((a, b) => a.position - b.position).map(({ child }) => child);
}

function wrong(walk: Walk, step: string | number, issue: { found: string; wanted: string }): undefined {
  walk.add({ kind: 'type', path: walk.at(step), ...issue });
  return undefined;
}

interface Scalar {
  readonly wanted: string;
  /** undefined when the text is not one. */
  readonly read: (text: string) => unknown;
}

const scalar =
  ({ wanted, read }: Scalar): Read =>
  (node, walk, step) => {
    if (node.value === undefined) return wrong(walk, step, { found: 'structure', wanted });
    const out = read(node.value);
    return out === undefined ? wrong(walk, step, { found: node.value.slice(0, 256), wanted }) : out;
  };

function enumReader(values: readonly string[]): Read {
  const known = new Set(values);
  return (node, walk, step) => {
    const found = node.value;
    if (found === undefined) return wrong(walk, step, { found: 'structure', wanted: 'String' });
    if (!known.has(found))
      walk.add({ kind: 'enum', path: walk.at(step), found: found.slice(0, 256), values });
    return found;
  };
}

function wholeNumber(text: string, limit: number): number | undefined {
  if (!/^[+-]?[0-9]{1,19}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= limit && value >= -limit - 1 ? value : undefined;
}

function timestamp(text: string): number | undefined {
  if (/^[0-9]{1,12}(?:\.[0-9]+)?$/.test(text)) return Math.round(Number(text) * 1000);
  if (!/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) return undefined;
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

const SIMPLE: Readonly<Record<string, Scalar>> = {
  string: { wanted: 'String', read: (text) => text },
  boolean: { wanted: 'Boolean', read: (text) => BOOLEANS.get(text.toLowerCase()) },
  integer: { wanted: 'Integer', read: (text) => wholeNumber(text, 2 ** 31 - 1) },
  long: { wanted: 'Long', read: (text) => wholeNumber(text, Number.MAX_SAFE_INTEGER) },
  double: {
    wanted: 'Double',
    read: (text) => (/^[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?$/.test(text) ? Number(text) : undefined),
  },
  timestamp: { wanted: 'Timestamp', read: timestamp },
  blob: { wanted: 'Blob', read: (text) => (isBase64(text) ? fromBase64(text) : undefined) },
};
