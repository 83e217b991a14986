import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../platform/system-clock.ts';
import { identifyProcess, killTree, type ProcessIdentity } from './process-tree.ts';

/** A program in a session of its own that says the numbers of what it started, and its own at the end. */
async function startTree(
  script: string,
): Promise<{ readonly leader: ProcessIdentity; readonly pids: readonly number[] }> {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const { promise, resolve } = Promise.withResolvers<readonly number[]>();
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString();
    if (text.includes('all'))
      resolve(
        text
          .split('\n')
          .map(Number)
          .filter((pid) => pid > 0),
      );
  });
  const pids = await promise;
  const leader = await identifyProcess(child.pid ?? 0);
  if (leader === undefined) throw new Error('the program has ended');
  return { leader, pids };
}

const alive = async (pids: readonly number[]): Promise<readonly number[]> => {
  const found = await Promise.all(pids.map(identifyProcess));
  return pids.filter((_, at) => found[at] !== undefined);
};

describe('killTree', () => {
  test('[RUN-71] ends a session, what descends from it, and what its ended parents left', async () => {
    // One sleeps in a session of its own below the leader; the last one lost its parent.
    const { leader, pids } = await startTree(
      'sleep 61001 & echo $!; setsid sh -c "sleep 61002 & echo \\$!; wait" & sh -c "sleep 61003 & echo \\$!"; sleep 0.2; echo $$; echo all; wait',
    );
    expect(pids).toHaveLength(4);
    expect(await alive(pids)).toEqual(pids);
    await killTree(systemClock, leader);
    expect(await alive(pids)).toEqual([]);
  });

  test('[RUN-71] kills what does not hear the hang-up', async () => {
    const { leader, pids } = await startTree("trap '' HUP; echo $$; echo all; while :; do sleep 1; done");
    await killTree(systemClock, leader);
    expect(await alive(pids)).toEqual([]);
  });

  test('[RUN-71] touches nothing that only has the number of one that has ended', async () => {
    const { leader, pids } = await startTree('echo $$; echo all; sleep 61004');
    await killTree(systemClock, { ...leader, startTicks: '1' });
    expect(await alive(pids)).toEqual(pids);
    await killTree(systemClock, leader);
  });
});
