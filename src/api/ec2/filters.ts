import type { Filter } from '../../shapes/generated/ec2.ts';
import { ec2Errors } from './errors.ts';

/** What a filter looks at: the values that a row has under its name. */
export type FilterTable<Row> = Readonly<Record<string, (row: Row) => readonly (string | undefined)[]>>;

/**
 * Whether a row passes: values of a filter are alternatives, filters all hold, `*` stands for any text and `?` for one
 * character. A filter that the table does not know is refused. (EC2-1)
 */
export function filterTest<Row>(filters: readonly Filter[], table: FilterTable<Row>): (row: Row) => boolean {
  const tests = filters.map(({ Name = '', Values = [] }) => {
    const read = readerOf(Name, table);
    const patterns = Values.map(patternOf);
    return (row: Row): boolean =>
      read(row).some((value) => value !== undefined && patterns.some((pattern) => pattern.test(value)));
  });
  return (row) => tests.every((test) => test(row));
}

/** The exact texts that a filter asks for; undefined when it is absent or holds a wildcard. */
export function exactValues(filters: readonly Filter[], name: string): readonly string[] | undefined {
  const values = filters.find((filter) => filter.Name === name)?.Values;
  return values?.some((value) => /[*?\\]/.test(value)) ? undefined : values;
}

/** No resource here has tags, so a filter by tag is known and passes nothing. */
function readerOf<Row>(name: string, table: FilterTable<Row>): (row: Row) => readonly (string | undefined)[] {
  if (name === 'tag-key' || name.startsWith('tag:')) return () => [];
  const read = Object.hasOwn(table, name) ? table[name] : undefined;
  if (read === undefined) throw ec2Errors.unknownFilter(name);
  return read;
}

/** A backslash takes its meaning from a wildcard. */
function patternOf(value: string): RegExp {
  const source = value.replaceAll(/\\([*?\\])|[\\^$.*+?()[\]{}|]/g, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return `\\${escaped}`;
    if (found === '*') return '.*';
    return found === '?' ? '.' : `\\${found}`;
  });
  return new RegExp(`^${source}$`, 's');
}
