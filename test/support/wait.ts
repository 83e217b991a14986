import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks `look` again and again until it answers something other than undefined. This waits for an event of another
 * process, which no promise can tell; it ends as soon as the event is there, and fails with `what` after the limit.
 */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
  limitMs = 120_000,
): Promise<Found> {
  const deadline = Date.now() + limitMs;
  let lastError: unknown;
  while (Date.now() < deadline) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      lastError = error;
    }
    await pause(100);
  }
  throw new Error(`waited ${limitMs} ms in vain for ${what}`, { cause: lastError });
}
