import { expect, test } from 'vitest';
import { type Clock, instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import type { ByteSocket } from '../link/byte-socket.ts';
import { encodeExecFrame } from '../link/exec-frames.ts';
import type { ExecProcess, ExecRequest, RuntimeDriver } from '../runtime/driver.ts';
import { execSessions } from './exec-sessions.ts';
import type { StateDirectory } from './state-directory.ts';
import { aRecord, RUNNING } from './testing.ts';

const clock: Clock = { now: () => instant(0), schedule: () => () => {} };

/** What the engine is asked to run in a container with this environment. */
async function askedWith(environment: Readonly<Record<string, string>>): Promise<ExecRequest | undefined> {
  let asked: ExecRequest | undefined;
  const command = {
    execId: 'e',
    onOutput: () => {},
    ended: Promise.resolve({ exitCode: 0 }),
    kill: async () => {},
  } as Partial<ExecProcess> as ExecProcess;
  const exec = async (spec: ExecRequest): Promise<ExecProcess> => {
    asked = spec;
    return command;
  };
  const socket = {
    sendText: () => {},
    close: () => {},
    onClose: () => {},
    onFrame: (listener: (frame: string) => void) =>
      listener(encodeExecFrame({ kind: 'start', size: { columns: 100, rows: 30 } })),
  } as Partial<ByteSocket> as ByteSocket;
  const state = { save: async () => {}, remove: async () => {} } as Partial<StateDirectory>;
  const sessions = execSessions({
    driver: { exec } as Partial<RuntimeDriver> as RuntimeDriver,
    clock,
    log: silentLog,
    state: state as StateDirectory,
    records: () => [aRecord([{ name: 'app', environment, is: RUNNING }])],
    connect: async () => socket,
  });
  await sessions.start({
    messageId: 'm',
    sessionId: 's',
    taskArn: 'arn:aws:ecs:us-east-1:1:task/lab/t',
    containerName: 'app',
    runtimeId: 'r',
    command: 'ls -l "a b"',
  });
  return asked;
}

test('[EXE-12] a command has a terminal, and a language unless the definition sets one', async () => {
  expect(await askedWith({ A: '1' })).toEqual({
    runtimeId: 'r',
    command: ['ls', '-l', 'a b'],
    environment: { TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    columns: 100,
    rows: 30,
  });
  expect((await askedWith({ LANG: 'de_CH' }))?.environment).toEqual({ TERM: 'xterm-256color' });
});
