/** What was thrown, in words: for a log line or a reason that people read. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The same with the place it came from, where there is one: for faults of our own. */
export const errorTrace = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
