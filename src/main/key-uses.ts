import type { Caller } from '../domain/caller.ts';
import type { Instant } from '../lib/clock.ts';
import { noteKeyUse } from '../records/identity.ts';
import type { SharedContext } from './handlers.ts';

/** A key's use is written at most this often: who asks wants to know the day, and requests are many. (IAM-19) */
const WRITE_EVERY_MS = 15 * 60_000;

/** Remembers when long-lived keys are used. Nobody waits for it, and a use that could not be written is no error. */
export function keyUses({ store, clock, log, installation }: SharedContext): {
  note(caller: Caller, action: string): void;
} {
  const writtenAt = new Map<string, Instant>();
  return {
    note: ({ accessKeyId }, action) => {
      if (!accessKeyId.startsWith('AKIA')) return;
      const now = clock.now();
      const last = writtenAt.get(accessKeyId);
      if (last !== undefined && now - last < WRITE_EVERY_MS) return;
      writtenAt.set(accessKeyId, now);
      const use = { at: now, service: action.slice(0, action.indexOf(':')), region: installation.region };
      store
        .write((tx) => noteKeyUse(tx, accessKeyId, use))
        .catch((error: unknown) => log.debug('key-use.lost', { error: String(error) }));
    },
  };
}
