import type { ListTable, MapTable, ServiceTable, StructureTable, TypeUse } from '../shapes/table.ts';
import { CompiledStructures, shapeOf } from './compiled-structures.ts';
import { type ReadValue, withBounds } from './constraints.ts';
import { NESTING_DEPTH_MAX_COUNT, type Walk } from './issue.ts';

/** Reads one JSON value into our form of it. */
type Read = ReadValue<unknown>;

/** Reads the top structure of an input. Members that the model does not know are dropped, null counts as absent. */
export type ReadStructure = (value: Readonly<Record<string, unknown>>, walk: Walk) => Record<string, unknown>;

interface MemberReader {
  readonly name: string;
  readonly read: Read;
}

/** Compiles readers of JSON requests, each shape once and only when it is first needed. */
export class JsonReaders {
  readonly #table: ServiceTable;
  readonly #structures: CompiledStructures<ReadStructure>;

  constructor(table: ServiceTable) {
    this.#table = table;
    this.#structures = new CompiledStructures(table, (shape) => this.#compileStructure(shape));
  }

  structure(name: string): ReadStructure {
    return this.#structures.of(name);
  }

  #compileStructure(shape: StructureTable): ReadStructure {
    const required = Object.entries(shape.members).flatMap(([name, member]) =>
      member.required ? [name] : [],
    );
    let members: ReadonlyMap<string, MemberReader> | undefined;
    return (value, walk) => {
      members ??= this.#members(shape);
      const out: Record<string, unknown> = {};
      for (const key in value) {
        const found = value[key];
        if (found === null || found === undefined) continue;
        const member = members.get(key);
        if (member !== undefined) out[member.name] = member.read(found, walk, member.name);
      }
      for (const name of required) {
        if (value[name] === undefined || value[name] === null)
          walk.add({ kind: 'required', path: walk.at(name) });
      }
      return out;
    };
  }

  #members(shape: StructureTable): ReadonlyMap<string, MemberReader> {
    return new Map(
      Object.entries(shape.members).map(([name, member]) => [
        member.jsonName ?? name,
        { name, read: withBounds(this.#reader(member), member.constraints) },
      ]),
    );
  }

  #reader(use: TypeUse): Read {
    const simple = SIMPLE[use.type];
    if (simple !== undefined) return simple;
    const shape = shapeOf(this.#table, use.type);
    switch (shape.kind) {
      case 'enum':
        return enumReader(shape.values);
      case 'list':
        return this.#list(shape);
      case 'map':
        return this.#map(shape);
      default:
        return this.#nested(use.type);
    }
  }

  #nested(name: string): Read {
    let read: ReadStructure | undefined;
    return (value, walk, step) => {
      if (!isObject(value)) return wrongType(walk, step, { value, wanted: 'structure' });
      if (!walk.enter(step)) return undefined;
      read ??= this.structure(name);
      const out = read(value, walk);
      walk.leave();
      return out;
    };
  }

  #list(shape: ListTable): Read {
    let read: Read | undefined;
    return (value, walk, step) => {
      if (!Array.isArray(value)) return wrongType(walk, step, { value, wanted: 'list' });
      if (!walk.enter(step)) return undefined;
      read ??= this.#reader(shape.element);
      const element = read;
      const out = value.map((item: unknown, index) => element(item, walk, index));
      walk.leave();
      return out;
    };
  }

  #map(shape: MapTable): Read {
    let read: Read | undefined;
    return (value, walk, step) => {
      if (!isObject(value)) return wrongType(walk, step, { value, wanted: 'structure' });
      if (!walk.enter(step)) return undefined;
      read ??= this.#reader(shape.value);
      const element = read;
      const entries = Object.entries(value).filter(([, item]) => item !== null);
      const out = Object.fromEntries(entries.map(([key, item]) => [key, element(item, walk, key)]));
      walk.leave();
      return out;
    };
  }
}

/** Whether a JSON value is an object with members. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The name that the services give to what they found. */
export function foundName(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (value === null) return 'NULL_VALUE';
  switch (typeof value) {
    case 'string':
      return 'STRING_VALUE';
    case 'number':
      return 'NUMBER_VALUE';
    case 'boolean':
      return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
    default:
      return 'structure';
  }
}

function wrongType(walk: Walk, step: string | number, issue: { value: unknown; wanted: string }): undefined {
  walk.add({ kind: 'type', path: walk.at(step), found: foundName(issue.value), wanted: issue.wanted });
  return undefined;
}

const INTEGER_MAX = 2 ** 31 - 1;
const INTEGER_MIN = -(2 ** 31);

const SIMPLE: Readonly<Record<string, Read>> = {
  string: (value, walk, step) =>
    typeof value === 'string' ? value : wrongType(walk, step, { value, wanted: 'String' }),
  boolean: (value, walk, step) =>
    typeof value === 'boolean' ? value : wrongType(walk, step, { value, wanted: 'Boolean' }),
  integer: (value, walk, step) =>
    typeof value === 'number' && Number.isInteger(value) && value >= INTEGER_MIN && value <= INTEGER_MAX
      ? value
      : wrongType(walk, step, { value, wanted: 'Integer' }),
  long: (value, walk, step) =>
    Number.isSafeInteger(value) ? value : wrongType(walk, step, { value, wanted: 'Long' }),
  double: (value, walk, step) =>
    typeof value === 'number' ? value : wrongType(walk, step, { value, wanted: 'Double' }),
  timestamp: (value, walk, step) =>
    typeof value === 'number' && Math.abs(value) <= 8.64e12
      ? Math.round(value * 1000)
      : wrongType(walk, step, { value, wanted: 'Timestamp' }),
  blob: (value, walk, step) =>
    typeof value === 'string' && isBase64(value)
      ? fromBase64(value)
      : wrongType(walk, step, { value, wanted: 'Blob' }),
  document: (value, walk, step) => {
    if (depthWithin(value, NESTING_DEPTH_MAX_COUNT)) return value;
    walk.add({ kind: 'limit', path: walk.at(step), limit: 'NestingDepth', allowed: NESTING_DEPTH_MAX_COUNT });
    return undefined;
  },
};

function enumReader(values: readonly string[]): Read {
  const known = new Set(values);
  return (value, walk, step) => {
    if (typeof value !== 'string') return wrongType(walk, step, { value, wanted: 'String' });
    if (!known.has(value)) walk.add({ kind: 'enum', path: walk.at(step), found: value, values });
    return value;
  };
}

/** The bytes of base64 text. */
export function fromBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether a text is base64 with its padding. */
export const isBase64 = (text: string): boolean =>
  text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

function depthWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  return Object.values(value).every((item) => depthWithin(item, depth - 1));
}
