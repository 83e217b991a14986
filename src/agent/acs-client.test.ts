import { describe, expect, test } from 'vitest';
import { instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { decodeAcsReply, encodeAcs } from '../link/acs-codec.ts';
import type { AcsCommand, AcsReply, UnusableFrame } from '../link/acs-messages.ts';
import type { Socket } from '../link/socket.ts';
import { acsClient } from './acs-client.ts';
import { credentialsBook } from './credentials-book.ts';
import type { TaskEngine } from './task-engine.ts';
import type { TaskRecord } from './task-record.ts';
import { aPayloadTask, aRecord } from './testing.ts';

const HOST = { clusterArn: 'cluster', containerInstanceArn: 'instance' };

const taskOf = (id: string, record: Partial<TaskRecord> = {}): TaskRecord => ({
  ...aRecord([{ name: 'a' }], record),
  payload: aPayloadTask({ arn: id }),
});

/** A client on a host with these tasks, and what it said and did. */
function aClient(records: readonly TaskRecord[], lastTimeline = -1) {
  const said: (AcsReply | UnusableFrame)[] = [];
  const stopped: string[] = [];
  const saved: number[] = [];
  const engine = {
    records: () => records,
    stop: async (arn: string) => void stopped.push(arn),
  } as Partial<TaskEngine> as TaskEngine;
  const client = acsClient({
    engine,
    book: credentialsBook(),
    clock: { now: () => instant(0), schedule: () => () => {} },
    log: silentLog,
    cluster: 'lab',
    lastTimeline,
    saveTimeline: async (timeline) => void saved.push(timeline),
    submit: async () => {},
    startExec: () => {},
    onHeartbeat: () => {},
  });
  client.attached({ send: (text: string) => said.push(decodeAcsReply(text)) } as Partial<Socket> as Socket);
  const hears = async (...frames: readonly AcsCommand[]): Promise<void> => {
    for (const frame of frames) expect(client.receive(encodeAcs(frame))).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { said, stopped, saved, hears };
}

const manifest = (timeline: number, arns: readonly string[]): AcsCommand => ({
  type: 'TaskManifestMessage',
  message: {
    ...HOST,
    messageId: `m${timeline}`,
    generatedAt: 0,
    timeline,
    tasks: arns.map((taskArn) => ({ taskArn, desiredStatus: 'RUNNING' })),
  },
});

const confirmed = (messageId: string, arns: readonly string[]): AcsCommand => ({
  type: 'TaskStopVerificationAck',
  message: {
    messageId,
    generatedAt: 0,
    stopTasks: arns.map((taskArn) => ({ taskArn, desiredStatus: 'STOPPED' })),
  },
});

const candidatesOf = (said: readonly (AcsReply | UnusableFrame)[]): readonly string[] =>
  said.flatMap((frame) =>
    frame.type === 'TaskStopVerificationMessage'
      ? frame.message.stopCandidates.map(({ taskArn }) => taskArn)
      : [],
  );

describe('manifests', () => {
  test('[AGT-17] tasks that run and are not named are offered for stopping, and stopped when that is confirmed', async () => {
    const { said, stopped, saved, hears } = aClient([
      taskOf('named'),
      taskOf('strange'),
      taskOf('stopping', { desiredStatus: 'STOPPED' }),
      taskOf('over', { isStopped: true }),
    ]);
    await hears(manifest(5, ['named']));
    expect(said[0]).toMatchObject({ type: 'AckRequest', message: { messageId: 'm5' } });
    expect(candidatesOf(said)).toEqual(['strange']);
    expect([saved, stopped]).toEqual([[5], []]);
    await hears(confirmed('m5', ['strange', 'unknown']));
    expect(stopped).toEqual(['strange']);
  });

  test('[AGT-17] one with a number not above the highest seen is dropped without an answer', async () => {
    const { said, saved, hears } = aClient([taskOf('strange')], 7);
    await hears(manifest(6, []), manifest(7, []));
    expect([said, saved]).toEqual([[], []]);
    const message = { ...HOST, messageId: 'p', seqNum: 9, generatedAt: 0, tasks: [] };
    await hears({ type: 'PayloadMessage', message } as unknown as AcsCommand);
    said.length = 0;
    await hears(manifest(8, []), manifest(9, []));
    expect(said).toEqual([]);
    await hears(manifest(10, []));
    expect(candidatesOf(said)).toEqual(['strange']);
  });

  test('[AGT-17] the confirmation of an older manifest stops nothing', async () => {
    const { stopped, hears } = aClient([taskOf('strange')]);
    await hears(manifest(1, []), manifest(2, ['strange']), confirmed('m1', ['strange']));
    expect(stopped).toEqual([]);
  });
});
