/** What one run of a container's health check found. */
export interface HealthCheckResult {
  /** Epoch milliseconds. */
  readonly endedAtMs: number;
  /** 0 is healthy. A check that took too long has -1. */
  readonly exitCode: number;
  /** What it wrote, cut to `HEALTH_OUTPUT_MAX_LENGTH` characters. */
  readonly output: string;
}

/** How many results of a container are kept, the last ones: as many as the engine keeps. (LIF-5) */
export const HEALTH_RESULTS_MAX_COUNT = 5;
/** How much of what a check wrote is kept, in characters. (LIF-5) */
export const HEALTH_OUTPUT_MAX_LENGTH = 1024;
