import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../platform/system-clock.ts';
import { patientState } from './patient-state.ts';
import { memoryStateDirectory, type StateDirectory } from './state-directory.ts';

let disk: StateDirectory;
let isFull: boolean;
let events: string[];
let state: StateDirectory;
const closing = new AbortController();
const note = (event: string): void => void events.push(event);

/** Time of which every pause is over at once. */
const clock = {
  now: systemClock.now,
  schedule: (_at: number, callback: () => void) => systemClock.schedule(systemClock.now(), callback),
};

describe('patientState', () => {
  beforeEach(() => {
    isFull = true;
    events = [];
    disk = memoryStateDirectory();
    const full: StateDirectory = {
      ...disk,
      save: async (name, value) => {
        if (isFull) throw new Error('ENOSPC: no space left on device');
        await disk.save(name, value);
      },
    };
    state = patientState(
      full,
      { clock, log: { debug: note, info: note, warn: note, error: note } },
      closing.signal,
    );
  });

  test('[HARD-34] what a full disk did not take is refused, and written when there is room', async () => {
    await expect(state.save('tasks/a', 1)).rejects.toThrow('ENOSPC');
    await expect(state.save('tasks/a', 2)).rejects.toThrow('ENOSPC');
    await expect(state.save('agent', 3)).rejects.toThrow('ENOSPC');
    expect(events).toEqual(['agent.state-not-saved']);
    isFull = false;
    await expect.poll(() => events).toEqual(['agent.state-not-saved', 'agent.state-saved-again']);
    expect([await disk.load('tasks/a'), await disk.load('agent')]).toEqual([2, 3]);
  });

  test('[HARD-34] a newer value or a removal is not undone', async () => {
    for (const name of ['tasks/a', 'tasks/b']) await expect(state.save(name, 'old')).rejects.toThrow();
    isFull = false;
    await Promise.all([state.save('tasks/a', 'new'), state.remove('tasks/b')]);
    await expect.poll(() => events).toContain('agent.state-saved-again');
    expect(await disk.load('tasks/a')).toBe('new');
    expect(await disk.list('tasks')).toEqual(['a']);
  });
});
