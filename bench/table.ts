import { cpus, loadavg, totalmem } from 'node:os';

/** One line of a measurement, by column. */
export type BenchRow = Readonly<Record<string, string | number>>;

/** Names the machine and how busy it was, because a number without them says nothing. */
export function machine(): string {
  const [cpu] = cpus();
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${memoryGib} GiB, Node ${process.version}, ${process.platform}; load average ${rounded(loadavg()[0] ?? 0, 1)}`;
}

/** Prints a Markdown table; its columns are those of the first row. */
export function printTable(title: string, rows: readonly BenchRow[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |\n`;
  process.stdout.write(`\n### ${title}\n\n${line(columns)}${line(columns.map(() => '---'))}`);
  for (const row of rows) process.stdout.write(line(columns.map((column) => row[column] ?? '')));
}

/** The value below which `share` (0 to 1) of the samples lie; NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A number with `digits` decimals and thousands set apart. */
export const rounded = (value: number, digits = 0): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A figure beside its target: `met`, or by how much it is missed. */
export function verdict(
  figure: number,
  target: { readonly atLeast: number } | { readonly atMost: number },
): string {
  const ratio = 'atLeast' in target ? target.atLeast / figure : figure / target.atMost;
  const text =
    'atLeast' in target ? `≥ ${rounded(target.atLeast)}` : `≤ ${target.atMost.toLocaleString('en-US')}`;
  return ratio <= 1 ? `${text}: met` : `${text}: MISSED ${rounded(ratio, 2)}×`;
}
