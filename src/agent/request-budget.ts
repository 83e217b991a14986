/** Lets so many requests through in a while, each source for itself. */
export interface RequestBudget {
  /** Whether one more may go through now; it is counted then. */
  allows(source: string, nowMs: number): boolean;
}

/** Sources that are remembered at most; a host has fewer containers that ask at once. */
const SOURCES_MAX_COUNT = 10_000;

/** `perSecond` in the long run, `burst` at once. (TMD-8) */
export function requestBudget({ perSecond, burst }: { perSecond: number; burst: number }): RequestBudget {
  const left = new Map<string, { tokens: number; atMs: number }>();
  return {
    allows: (source, nowMs) => {
      const known = left.get(source) ?? { tokens: burst, atMs: nowMs };
      const refilled = known.tokens + ((nowMs - known.atMs) / 1000) * perSecond;
      const tokens = Math.min(burst, refilled);
      if (left.size >= SOURCES_MAX_COUNT) left.clear();
      left.set(source, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
      return tokens >= 1;
    },
  };
}
