import type { Clock } from '../lib/clock.ts';
import { errorText } from '../lib/error-text.ts';
import type { Log } from '../lib/log.ts';
import { pause } from './pause.ts';
import type { StateDirectory } from './state-directory.ts';

/** How often a document that could not be written is tried again: a disk that was full has room again some time. */
const RETRY_MS = 2_000;

/**
 * A state directory that never forgets a change: a save that fails rejects, so that nothing is acknowledged that is not on
 * disk, and its value is written as soon as the disk takes it, unless a newer one was. The trouble is logged when it begins
 * and when it is over. Calls for one name may overlap; they are carried out in their order. (HARD-34)
 */
export function patientState(
  directory: StateDirectory,
  deps: { readonly clock: Clock; readonly log: Log },
  closing: AbortSignal,
): StateDirectory {
  const { clock, log } = deps;
  const unsaved = new Map<string, unknown>();
  const last = new Map<string, Promise<unknown>>();
  let isRetrying = false;

  const inOrder = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const next = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, next);
    const settled = next.then(
      () => {},
      () => {},
    );
    void settled.then(() => last.get(name) === next && last.delete(name));
    return next;
  };

  const write = (name: string, value: unknown): Promise<void> =>
    inOrder(name, async () => {
      try {
        await directory.save(name, value);
        unsaved.delete(name);
      } catch (error) {
        if (unsaved.size === 0)
          log.error('agent.state-not-saved', { document: name, error: errorText(error) });
        unsaved.set(name, value);
        void retry();
        throw error;
      }
    });

  const retry = async (): Promise<void> => {
    if (isRetrying) return;
    isRetrying = true;
    while (unsaved.size > 0 && !closing.aborted) {
      await pause(clock, RETRY_MS, closing);
      for (const name of [...unsaved.keys()]) {
        await inOrder(name, async () => {
          // A newer value may have been written, or the document removed, while this waited for its turn.
          if (!unsaved.has(name)) return;
          await directory.save(name, unsaved.get(name));
          unsaved.delete(name);
        }).catch(() => {});
      }
    }
    isRetrying = false;
    if (unsaved.size === 0) log.info('agent.state-saved-again');
  };

  return {
    load: (name) => directory.load(name),
    list: (folder) => directory.list(folder),
    save: write,
    remove: (name) => {
      unsaved.delete(name);
      return inOrder(name, () => {
        unsaved.delete(name);
        return directory.remove(name);
      });
    },
  };
}
