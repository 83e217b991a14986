import type { ListTable, MapTable, ServiceTable, StructureTable, TypeUse } from '../shapes/table.ts';
import { CompiledStructures, shapeOf } from './compiled-structures.ts';

/** Writes one value as JSON text. */
type Write = (value: never) => string;

/** Writes a structure; members that the model does not know, and those that are null or undefined, are left out. */
export type WriteStructure = (value: Readonly<Record<string, unknown>>) => string;

/** Compiles writers of JSON answers, each shape once and only when it is first needed. */
export class JsonWriters {
  readonly #table: ServiceTable;
  readonly #structures: CompiledStructures<WriteStructure>;

  constructor(table: ServiceTable) {
    this.#table = table;
    this.#structures = new CompiledStructures(table, (shape) => this.#compile(shape));
  }

  structure(name: string): WriteStructure {
    return this.#structures.of(name);
  }

  #compile(shape: StructureTable): WriteStructure {
    let members: readonly { name: string; prefix: string; write: Write }[] | undefined;
    return (value) => {
      members ??= Object.entries(shape.members).map(([name, member]) => ({
        name,
        prefix: `${JSON.stringify(member.jsonName ?? name)}:`,
        write: this.#writer(member),
      }));
      let out = '{';
      for (const member of members) {
        const found = value[member.name];
        if (found === undefined || found === null) continue;
        if (out !== '{') out += ',';
        out += member.prefix + member.write(found as never);
      }
      return `${out}}`;
    };
  }

  #writer(use: TypeUse): Write {
    const simple = use.type === 'timestamp' && use.format === 'date-time' ? writeDateTime : SIMPLE[use.type];
    if (simple !== undefined) return simple;
    const shape = shapeOf(this.#table, use.type);
    switch (shape.kind) {
      case 'enum':
        return writeString;
      case 'list':
        return this.#list(shape);
      case 'map':
        return this.#map(shape);
      default:
        return this.structure(use.type) as Write;
    }
  }

  #list(shape: ListTable): Write {
    const write = this.#writer(shape.element);
    return (values: readonly never[]) => {
      let out = '[';
      for (const value of values) out += out === '[' ? write(value) : `,${write(value)}`;
      return `${out}]`;
    };
  }

  #map(shape: MapTable): Write {
    const write = this.#writer(shape.value);
    return (values: Readonly<Record<string, never>>) => {
      let out = '{';
      for (const [key, value] of Object.entries(values)) {
        if (value === undefined || value === null) continue;
        if (out !== '{') out += ',';
        out += `${writeString(key)}:${write(value)}`;
      }
      return `${out}}`;
    };
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that JSON text must escape
const NEEDS_ESCAPE = /[\u0000-\u001f"\\\ud800-\udfff]/;

function writeString(value: string): string {
  if (typeof value !== 'string') throw new TypeError(`a string was to be written, not a ${typeof value}`);
  return NEEDS_ESCAPE.test(value) ? JSON.stringify(value) : `"${value}"`;
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} is not a number that JSON has`);
  return String(value);
}

const writeDateTime = (epochMs: number): string => `"${new Date(epochMs).toISOString()}"`;

const SIMPLE: Readonly<Record<string, Write>> = {
  string: writeString,
  boolean: (value: boolean) => (value ? 'true' : 'false'),
  integer: writeNumber,
  long: writeNumber,
  double: writeNumber,
  timestamp: (epochMs: number) => writeNumber(epochMs / 1000),
  blob: (bytes: Uint8Array) =>
    `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`,
  document: (value: unknown) => JSON.stringify(value),
};
