/** A range of ports as definitions and reports write it, `<first>-<last>`, both inclusive. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const PORT_MAX = 65_535;

/** Reads a range of at least two ports in order, from 1 to 65,535; undefined for anything else. (TDF-10) */
export function readPortRange(text: string | undefined): PortRange | undefined {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text ?? '');
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  return match !== null && first >= 1 && first < last && last <= PORT_MAX ? { first, last } : undefined;
}

/** Every port of a range; none for what is no range. */
export function portsOfRange(text: string | undefined): readonly number[] {
  const range = readPortRange(text);
  return range === undefined
    ? []
    : Array.from({ length: range.last - range.first + 1 }, (_, index) => range.first + index);
}
