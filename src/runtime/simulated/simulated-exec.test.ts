import { describe, expect, test } from 'vitest';
import { SimulatedExec } from './simulated-exec.ts';

function run(...command: string[]) {
  const exec = new SimulatedExec('e', { runtimeId: 'r', command, environment: {}, columns: 80, rows: 24 });
  const shown: string[] = [];
  return { exec, shown, listen: () => exec.onOutput((bytes) => shown.push(new TextDecoder().decode(bytes))) };
}

describe('commands without a process', () => {
  test.each([
    [['echo', 'a', 'b'], 'a b\r\n', 0],
    [['exit', '7'], '', 7],
    [['nano'], 'nano: not found\r\n', 127],
  ])('[RUN-72] %j', async (command, text, exitCode) => {
    const { exec, shown, listen } = run(...command);
    listen();
    expect(await exec.ended).toEqual({ exitCode });
    expect(shown.join('')).toBe(text);
  });

  test('[RUN-72] a shell repeats what is typed until ^C, and nothing is shown or lost while it is paused', async () => {
    const { exec, shown, listen } = run('sh');
    listen();
    exec.pause();
    await exec.write(new TextEncoder().encode('abc'));
    expect(shown).toEqual([]);
    exec.resume();
    await exec.resize(10, 5);
    await exec.write(Uint8Array.of(0x03));
    expect(shown).toEqual(['abc', '[10x5]', '\x03']);
    expect(await exec.ended).toEqual({ exitCode: 130 });
  });
});
