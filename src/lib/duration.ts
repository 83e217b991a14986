const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The longest duration that is read, a week: `10080m`. */
export const DURATION_MAX_MS = 7 * 24 * 3_600_000;

/**
 * Reads `500ms`, `2s`, `1.5m`, `1h`, or a bare `0`; whole milliseconds, at most a week. Undefined for anything else: a
 * number without a unit would mean seconds to some readers and milliseconds to others.
 */
export function readDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const [, amount = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text.trim()) ?? [];
  const factor = MS_PER_UNIT[unit];
  if (factor === undefined) return undefined;
  const ms = Math.round(Number(amount) * factor);
  return ms > DURATION_MAX_MS ? undefined : ms;
}
