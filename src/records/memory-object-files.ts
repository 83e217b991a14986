import type { ObjectFiles } from '../domain/object-files.ts';
import type { Clock } from '../lib/clock.ts';

/** Bytes of objects in memory, for installations that keep nothing. */
export function memoryObjectFiles(clock: Clock): ObjectFiles {
  const held = new Map<string, { readonly bytes: Uint8Array; readonly writtenAt: number }>();
  return {
    write: async (fileId, bytes) => {
      held.set(fileId, { bytes: Uint8Array.from(bytes), writtenAt: clock.now() });
    },
    read: async (fileId, range) => {
      const bytes = held.get(fileId)?.bytes;
      return range === undefined ? bytes : bytes?.subarray(range.start, range.end + 1);
    },
    remove: async (fileId) => {
      held.delete(fileId);
    },
    olderThan: async (epochMs) =>
      [...held].flatMap(([fileId, { writtenAt }]) => (writtenAt < epochMs ? [fileId] : [])),
  };
}
