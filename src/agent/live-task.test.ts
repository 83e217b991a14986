import { describe, expect, test } from 'vitest';
import { saver } from './live-task.ts';

/** A disk on which each write ends when it is told to. */
function slowDisk() {
  const writes: { readonly value: number; readonly done: PromiseWithResolvers<void> }[] = [];
  const disk = { value: 0 };
  const save = saver(() => {
    const done = Promise.withResolvers<void>();
    writes.push({ value: disk.value, done });
    return done.promise;
  });
  return { disk, save, writes };
}

describe('keeping a document on disk', () => {
  test('[AGT-4] what is there now is waited for, not what changes later', async () => {
    const { disk, save, writes } = slowDisk();
    disk.value = 1;
    const first = save.settled();
    disk.value = 2;
    save.soon();
    writes[0]?.done.resolve();
    await first;
    expect(writes.map(({ value }) => value)).toEqual([1, 2]);
  });

  test('[AGT-4] a change during a write is waited for in the write after it', async () => {
    const { disk, save, writes } = slowDisk();
    disk.value = 1;
    save.soon();
    disk.value = 2;
    save.soon();
    const seen: string[] = [];
    const settled = save.settled().then(() => seen.push('settled'));
    writes[0]?.done.resolve();
    await writes[0]?.done.promise;
    await Promise.resolve();
    expect(writes.map(({ value }) => value)).toEqual([1, 2]);
    expect(seen).toEqual([]);
    writes[1]?.done.resolve();
    await settled;
  });

  test('[AGT-4] a write that fails is told, and the next one is tried', async () => {
    const { save, writes } = slowDisk();
    const first = save.settled();
    writes[0]?.done.reject(new Error('no space left on device'));
    await expect(first).rejects.toThrow('no space left');
    const second = save.settled();
    writes[1]?.done.resolve();
    await second;
    expect(writes).toHaveLength(2);
  });
});
