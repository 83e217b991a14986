import type {
  ListTable,
  MapTable,
  MemberTable,
  ServiceTable,
  StructureTable,
  TypeUse,
} from '../shapes/table.ts';
import { CompiledStructures, shapeOf } from './compiled-structures.ts';

/** Writes one value as XML content, without the element around it. */
type Write = (value: never) => string;

/** Writes the members of a structure; those that are null or undefined are left out. */
export type WriteXmlMembers = (value: Readonly<Record<string, unknown>>) => string;

/** Compiles writers of XML answers, each shape once and only when it is first needed. */
export class XmlWriters {
  readonly #table: ServiceTable;
  readonly #isEc2: boolean;
  readonly #structures: CompiledStructures<WriteXmlMembers>;

  constructor(table: ServiceTable) {
    this.#table = table;
    this.#structures = new CompiledStructures(table, (shape) => this.#compile(shape));
    this.#isEc2 = table.protocol === 'ec2Query';
  }

  structure(name: string): WriteXmlMembers {
    return this.#structures.of(name);
  }

  #compile(shape: StructureTable): WriteXmlMembers {
    let members: readonly { name: string; write: Write }[] | undefined;
    return (value) => {
      members ??= Object.entries(shape.members).map(([name, member]) => ({
        name,
        write: this.#element(member.xmlName ?? name, member),
      }));
      let out = '';
      for (const member of members) {
        const found = value[member.name];
        if (found !== undefined && found !== null) out += member.write(found as never);
      }
      return out;
    };
  }

  /** A member with its element around it; a flattened list repeats the element instead. */
  #element(name: string, member: MemberTable): Write {
    const shape = this.#table.shapes[member.type];
    if (member.flattened && shape?.kind === 'list') {
      const write = this.#writer(shape.element);
      return (values: readonly never[]) => values.map((value) => wrap(name, write(value))).join('');
    }
    const write = this.#writer(member);
    return (value) => wrap(name, write(value));
  }

  #writer(use: TypeUse): Write {
    if (use.type === 'timestamp') return this.#timestamp(use);
    const simple = SIMPLE[use.type];
    if (simple !== undefined) return simple;
    const shape = shapeOf(this.#table, use.type);
    switch (shape.kind) {
      case 'enum':
        return escapeXml;
      case 'list':
        return this.#list(shape);
      case 'map':
        return this.#map(shape);
      default:
        return this.structure(use.type) as Write;
    }
  }

  #timestamp(use: TypeUse): Write {
    if (use.format === 'epoch-seconds') return (epochMs: number) => String(epochMs / 1000);
    if (this.#isEc2) return (epochMs: number) => new Date(epochMs).toISOString();
    return (epochMs: number) => new Date(epochMs).toISOString().replace('.000Z', 'Z');
  }

  #list(shape: ListTable): Write {
    const write = this.#writer(shape.element);
    const name = shape.element.xmlName ?? (this.#isEc2 ? 'item' : 'member');
    return (values: readonly never[]) => {
      let out = '';
      for (const value of values) out += wrap(name, write(value));
      return out;
    };
  }

  #map(shape: MapTable): Write {
    const write = this.#writer(shape.value);
    const keyName = shape.key.xmlName ?? 'key';
    const valueName = shape.value.xmlName ?? 'value';
    return (values: Readonly<Record<string, never>>) => {
      let out = '';
      for (const [key, value] of Object.entries(values)) {
        if (value === undefined || value === null) continue;
        out += wrap('entry', wrap(keyName, escapeXml(key)) + wrap(valueName, write(value)));
      }
      return out;
    };
  }
}

const wrap = (name: string, content: string): string =>
  content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
  '\n': '&#xA;',
  '\t': '&#x9;',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write most of them
const UNSAFE = /[&<>"'\u0000-\u001f\ufffe\uffff]/g;

/** Text as XML content. Characters that XML cannot carry become U+FFFD. */
export function escapeXml(text: string): string {
  return text.isWellFormed() && text.search(UNSAFE) < 0
    ? text
    : text.toWellFormed().replace(UNSAFE, (char) => ESCAPES[char] ?? '\ufffd');
}

const SIMPLE: Readonly<Record<string, Write>> = {
  string: escapeXml,
  boolean: (value: boolean) => (value ? 'true' : 'false'),
  integer: String,
  long: String,
  double: String,
  blob: (bytes: Uint8Array) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  document: (value: unknown) => escapeXml(JSON.stringify(value)),
};
