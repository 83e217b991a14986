import type { ServiceTable, ShapeTable, StructureTable } from '../shapes/table.ts';

/** The shape that a use names. A table without it is broken. */
export function shapeOf(table: ServiceTable, name: string): ShapeTable {
  const shape = table.shapes[name];
  if (shape === undefined) throw new Error(`${table.service}: no shape ${name}`);
  return shape;
}

/** What a codec makes of the structures of one table: each is compiled once, and only when it is first needed. */
export class CompiledStructures<Compiled> {
  readonly #table: ServiceTable;
  readonly #compile: (shape: StructureTable) => Compiled;
  readonly #known = new Map<string, Compiled>();

  constructor(table: ServiceTable, compile: (shape: StructureTable) => Compiled) {
    this.#table = table;
    this.#compile = compile;
  }

  /** The compiled structure of this name. `compile` may ask for its own structure again only after it has returned. */
  of(name: string): Compiled {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const shape = this.#table.shapes[name];
    if (shape === undefined || !('members' in shape))
      throw new Error(`${this.#table.service}: ${name} is no structure`);
    const made = this.#compile(shape);
    this.#known.set(name, made);
    return made;
  }
}
