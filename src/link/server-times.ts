/** How far a clock may be from the service's before requests are signed by the service's time; the AWS SDKs' figure. (HARD-50) */
const SKEW_MIN_MS = 5 * 60_000;

/** What time it is where requests go, which may not be what the clock of this machine says. */
export interface ServerTimes {
  /** Epoch milliseconds by which requests to the URL are to be signed. */
  nowAt(url: string): number;
  /**
   * Takes note of the `Date` of the answer to a request that was signed by `signedAtMs`. True when that was off by so much
   * that a request that was refused for its time is worth signing anew.
   */
  learn(url: string, date: string | undefined, signedAtMs: number): boolean;
}

/**
 * Follows the clock of this machine, and for each host that was found to have another time, that host's. `onSkew` hears
 * of each correction, in milliseconds that the service is ahead of this machine. (HARD-50)
 */
export function serverTimes(now: () => number, onSkew: (skewMs: number) => void = () => {}): ServerTimes {
  const skews = new Map<string, number>();
  const nowAt = (url: string): number => now() + (skews.get(hostOf(url)) ?? 0);
  return {
    nowAt,
    learn: (url, date, signedAtMs) => {
      const serverMs = Date.parse(date ?? '');
      if (Number.isNaN(serverMs)) return false;
      if (Math.abs(serverMs - nowAt(url)) >= SKEW_MIN_MS) {
        const skewMs = serverMs - now();
        skews.set(hostOf(url), skewMs);
        onSkew(skewMs);
      }
      // The answer to another request may have told it in between.
      return Math.abs(serverMs - signedAtMs) >= SKEW_MIN_MS;
    },
  };
}

/** Websockets and requests to one host share its time. */
const hostOf = (url: string): string => new URL(url).host;
