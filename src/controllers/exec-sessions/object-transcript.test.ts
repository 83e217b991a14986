import { expect, test } from 'vitest';
import type { ExecSession } from '../../domain/exec-session.ts';
import { instant } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { objectTranscript, type TranscriptObject } from './object-transcript.ts';

const MIB = 1024 * 1024;
const ROW: ExecSession = {
  sessionId: 's',
  target: 'ecs:c_t_r',
  taskArn: 't',
  containerName: 'app',
  runtimeId: 'r',
  instanceArn: 'i',
  command: 'sh',
  ownerArn: 'o',
  token: '',
  tokenExpiresAt: instant(0),
  status: 'CONNECTED',
  createdAt: instant(0),
  transcript: { object: { bucket: 'b', keyPrefix: 'p' } },
};

async function kept(row: ExecSession, shown: readonly string[]): Promise<TranscriptObject | undefined> {
  let object: TranscriptObject | undefined;
  const put = async (given: TranscriptObject): Promise<void> => {
    object = given;
  };
  const transcript = objectTranscript({ log: silentLog, put }, row);
  for (const text of shown) transcript?.write(new TextEncoder().encode(text));
  await transcript?.end();
  return object;
}

test('[EXE-53] the lines of a session are one object, put at its end', async () => {
  const object = await kept(ROW, ['\x1b[1mon', 'e\r\ntwo', '\r\n\r\nthr', 'ee']);
  expect(object).toMatchObject({ bucket: 'b', key: 'p/s.log', text: 'one\ntwo\nthree\n' });
});

test('[EXE-53] without a bucket, and when the session was refused, there is none', async () => {
  expect(await kept({ ...ROW, transcript: { logGroupName: '/x' } }, ['a'])).toBeUndefined();
  expect(await kept({ ...ROW, transcript: { ...ROW.transcript, refusal: 'no' } }, ['a'])).toBeUndefined();
});

test('[EXE-53] an object that cannot be put fails nothing', async () => {
  const put = async (): Promise<void> => {
    throw new Error('AccessDenied');
  };
  await expect(objectTranscript({ log: silentLog, put }, ROW)?.end()).resolves.toBeUndefined();
});

test('[EXE-54] of a long session the beginning is kept, and that there was more', async () => {
  const line = `${'x'.repeat(MIB / 2 - 1)}\n`;
  const short = await kept(
    ROW,
    Array.from({ length: 8 }, () => line),
  );
  expect(short?.text.length).toBe(8 * line.length + 7 * 8);
  const long = await kept(
    ROW,
    Array.from({ length: 40 }, () => line),
  );
  expect(long?.text.length).toBeLessThan(17 * MIB);
  expect(long?.text.endsWith('[The session showed more than its transcript holds.]\n')).toBe(true);
});
