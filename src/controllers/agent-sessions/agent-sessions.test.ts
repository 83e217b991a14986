import { beforeEach, describe, expect, test } from 'vitest';
import { aContainerInstance } from '../../core/instance/testing.ts';
import { aTask, aTaskDefinition } from '../../core/task/testing.ts';
import type { Task } from '../../domain/task.ts';
import { type Clock, instant } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { silentLog } from '../../lib/log.ts';
import { decodeAcsCommand, encodeAcs } from '../../link/acs-codec.ts';
import type { AcsCommand } from '../../link/acs-messages.ts';
import { type Socket, socketPair } from '../../link/socket.ts';
import { containerInstances, roles, taskDefinitions, tasks } from '../../records/collections.ts';
import { daemonTaskDefinitions } from '../../records/daemon-definitions.ts';
import { daemonRevisions } from '../../records/daemons.ts';
import { stopTask } from '../../records/stop-task.ts';
import { aTaskRole } from '../../records/testing.ts';
import { memoryStore } from '../../store/memory-store.ts';
import type { Store } from '../../store/store.ts';
import { type AgentSessions, startAgentSessions } from './agent-sessions.ts';

const instanceArn = 'arn:aws:ecs:us-east-1:123456789012:container-instance/gantry-fargate-pool/1';
const installation = {
  accountId: '123456789012',
  region: 'us-east-1',
  endpointUrl: 'http://127.0.0.1:7070',
} as const;
const QUERY = `containerInstanceArn=${encodeURIComponent(instanceArn)}&agentVersion=1.2.3&dockerVersion=DockerVersion%3A%2020`;

let drawn = 0;
const next = (length: number): string => (drawn++).toString().padStart(length, '0');
const ids: Ids = { hex: next, digits: next, uuid: () => next(36), base32: next, secret: next };

/** Time that passes when it is told to. */
function steppedClock(): Clock & { advance(ms: number): Promise<void>; jump(ms: number): void } {
  let now = 0;
  const timers = new Set<{ at: number; readonly run: () => void }>();
  return {
    now: () => instant(now),
    schedule: (at, run) => {
      const timer = { at, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    // Somebody sets the clock; what was begun before lasts as long as it would have.
    jump: (ms) => {
      now += ms;
      for (const timer of timers) timer.at += ms;
    },
    advance: async (ms) => {
      const end = now + ms;
      for (;;) {
        await settled();
        const due = [...timers].filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
        if (due === undefined) break;
        timers.delete(due);
        now = Math.max(now, due.at);
        due.run();
      }
      now = end;
    },
  };
}

/** Lets everything that needs no time happen. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
}

const anInstance = aContainerInstance({ lastSequenceNumber: 7 });

let store: Store;
let clock: ReturnType<typeof steppedClock>;
let sessions: AgentSessions;

const instanceRow = () => store.read((tx) => tx.get(containerInstances, instanceArn));
const put = (task: Partial<Task>) =>
  store.write((tx) => tx.put(tasks, aTask({ lastStatus: 'PENDING', ...task })));

/** Connects as an agent that answers nothing by itself. */
function connect(query = QUERY) {
  const admission = sessions.admitAcs(query);
  if (admission.kind === 'refused') throw new Error(admission.refusal.body);
  const [near, far] = socketPair();
  const received: AcsCommand[] = [];
  const closed: number[] = [];
  near.onMessage((text) => {
    const frame = decodeAcsCommand(text);
    if (frame.type !== 'unusable') received.push(frame);
  });
  near.onClose((code) => closed.push(code));
  admission.attach(far);
  return {
    near,
    received,
    closed,
    payloads: () => received.filter(isPayload),
  };
}

type PayloadCommand = Extract<AcsCommand, { type: 'PayloadMessage' }>;
const isPayload = (frame: AcsCommand): frame is PayloadCommand => frame.type === 'PayloadMessage';

const acknowledge = (socket: Socket, messageId: string): void =>
  socket.send(
    encodeAcs({ type: 'AckRequest', message: { cluster: 'c', containerInstance: 'i', messageId } }),
  );

describe('agent sessions', () => {
  beforeEach(async () => {
    clock = steppedClock();
    store = await memoryStore();
    await store.write((tx) => {
      tx.put(containerInstances, anInstance);
      tx.put(taskDefinitions, aTaskDefinition());
    });
    sessions = await startAgentSessions({ store, clock, ids, log: silentLog, installation });
  });

  test('[ASN-2] nobody is connected after a start; then the connection says who is', async () => {
    expect(instanceRow()?.agentConnected).toBe(false);
    const { near } = connect();
    await settled();
    expect(instanceRow()).toMatchObject({ agentConnected: true, agentVersion: '1.2.3', dockerVersion: '20' });
    near.close(1000, '');
    await settled();
    expect(instanceRow()?.agentConnected).toBe(false);
  });

  test('[ASN-2] a newer connection takes the place of the older one', async () => {
    const older = connect();
    await settled();
    connect();
    await settled();
    expect(older.closed).toEqual([1000]);
    expect(instanceRow()?.agentConnected).toBe(true);
  });

  test('[ASN-3] [ASN-5] [ASN-6] placed tasks first, then the manifest, under rising numbers', async () => {
    await put({});
    const { received } = connect();
    await settled();
    expect(received).toMatchObject([
      {
        type: 'PayloadMessage',
        message: { seqNum: 8, tasks: [{ arn: aTask().taskArn, desiredStatus: 'RUNNING' }] },
      },
      { type: 'TaskManifestMessage', message: { timeline: 9, tasks: [{ taskArn: aTask().taskArn }] } },
    ]);
    expect(instanceRow()?.lastSequenceNumber).toBe(9);
  });

  test('[MDM-34] a task of a daemon is sent with the images that its revision is pinned to', async () => {
    const { family, document } = aTaskDefinition();
    const [container] = aTask().containers;
    const daemonArn = 'arn:aws:ecs:us-east-1:123456789012:daemon/default/agent';
    const daemonRevisionArn = `${daemonArn.replace(':daemon/', ':daemon-revision/')}/1`;
    const digest = `sha256:${'1'.repeat(64)}`;
    await store.write((tx) => {
      tx.put(daemonTaskDefinitions, {
        daemonTaskDefinitionArn: 'arn',
        family,
        revision: 1,
        status: 'ACTIVE',
        document,
        registeredAt: instant(0),
        registeredBy: 'arn',
        tags: [],
      });
      tx.put(daemonRevisions, {
        daemonRevisionArn,
        daemonArn,
        clusterArn: 'arn',
        daemonTaskDefinitionArn: 'arn',
        capacityProviderNames: ['own'],
        propagateTags: 'NONE',
        enableEcsManagedTags: false,
        enableExecuteCommand: false,
        critical: true,
        imageDigests: { [container?.image ?? '']: digest },
        createdAt: instant(0),
      });
    });
    await put({ daemonArn, daemonRevisionArn });
    const { payloads } = connect();
    await settled();
    expect(payloads()).toMatchObject([
      { message: { tasks: [{ containers: [{ image: expect.stringContaining(`@${digest}`) }] }] } },
    ]);
  });

  test('[ASN-3] a task is sent when it becomes PENDING, once', async () => {
    const { payloads } = connect();
    await put({ lastStatus: 'PROVISIONING' });
    await settled();
    expect(payloads()).toHaveLength(0);
    await put({});
    await settled();
    expect(store.read((tx) => tx.get(tasks, aTask().taskArn))?.sentAt).toBe(0);
    await put({ healthStatus: 'HEALTHY' });
    await settled();
    expect(payloads()).toHaveLength(1);
  });

  test('[ASN-5] a task whose number was drawn when it was placed leaves without another transaction', async () => {
    const { payloads } = connect();
    await settled();
    let commits = 0;
    store.watch(() => {
      commits += 1;
    });
    await put({ createdAt: clock.now(), sentAt: clock.now(), payloadNumber: 30 });
    await settled();
    expect(payloads()).toMatchObject([{ message: { seqNum: 30, tasks: [{ arn: aTask().taskArn }] } }]);
    expect(commits).toBe(1);
    await clock.advance(1);
    const again = connect();
    await settled();
    expect(again.payloads()).toMatchObject([{ message: { seqNum: 9 } }]);
  });

  test('[ASN-4] a stop is sent once, and not for a task that has ended', async () => {
    await put({ lastStatus: 'RUNNING', sentAt: instant(0) });
    const { payloads } = connect();
    await settled();
    const task = store.read((tx) => tx.get(tasks, aTask().taskArn)) ?? aTask();
    await store.write((tx) =>
      stopTask({ tx, now: instant(1) }, task, { stopCode: 'UserInitiated', reason: 'x' }),
    );
    await settled();
    expect(payloads()).toMatchObject([
      { message: { tasks: [{ arn: task.taskArn, desiredStatus: 'STOPPED' }] } },
    ]);
    await put({ lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
    await clock.advance(20_000);
    expect(payloads()).toHaveLength(1);
  });

  test('[ASN-5] what is not acknowledged comes again, what is does not', async () => {
    await put({});
    const { near, payloads } = connect();
    await clock.advance(10_000);
    expect(payloads()).toHaveLength(2);
    const [first] = payloads();
    expect(payloads()[1]).toEqual(first);
    acknowledge(near, first?.message.messageId ?? '');
    await clock.advance(20_000);
    expect(payloads()).toHaveLength(2);
  });

  test('[ASN-10] two unanswered heartbeats are borne, at the third the connection is closed', async () => {
    const { received, closed } = connect();
    await clock.advance(59_999);
    expect(closed).toEqual([]);
    await clock.advance(30_001);
    await settled();
    expect(closed).toEqual([1001]);
    expect(received.filter(({ type }) => type === 'HeartbeatMessage')).toHaveLength(2);
  });

  test.each([{ jumpMs: -3_600_000 }, { jumpMs: 3_600_000 }])(
    '[HARD-52] a clock that is set by $jumpMs ms changes nothing of heartbeats and repetitions',
    async ({ jumpMs }) => {
      const { received, payloads, closed } = connect();
      const heartbeats = () => received.filter(({ type }) => type === 'HeartbeatMessage');
      while (heartbeats().length === 0) await clock.advance(1);
      await put({});
      await clock.advance(1_000);
      clock.jump(jumpMs);
      await clock.advance(8_999);
      expect(payloads()).toHaveLength(1);
      await clock.advance(1);
      expect(payloads()).toHaveLength(2);
      await clock.advance(19_999);
      expect(heartbeats()).toHaveLength(1);
      await clock.advance(1);
      expect(heartbeats()).toHaveLength(2);
      expect(closed).toEqual([]);
    },
  );

  test('[ASN-1] unknown and inactive instances are refused, also on TCS', async () => {
    expect(sessions.admitAcs('containerInstanceArn=other').kind).toBe('refused');
    const { closed } = connect();
    await settled();
    await store.write((tx) => tx.put(containerInstances, { ...anInstance, status: 'INACTIVE' }));
    await settled();
    expect(closed).toEqual([1000]);
    expect(sessions.admitTcs(`containerInstance=${encodeURIComponent(instanceArn)}`).kind).toBe('refused');
  });

  test('[HARD-46] credentials that a connection took along unacknowledged come with the next one, and no others', async () => {
    const taskRoleArn = 'arn:aws:iam::123456789012:role/app';
    await store.write((tx) => tx.put(roles, aTaskRole(taskRoleArn)));
    await put({ lastStatus: 'RUNNING', sentAt: instant(0), taskRoleArn, taskRoleCredentialsId: 'id' });
    const credentialsOf = (received: readonly AcsCommand[]) =>
      received.filter((frame) => frame.type === 'IAMRoleCredentialsMessage');
    const first = connect(`${QUERY}&sendCredentials=true`);
    await settled();
    expect(credentialsOf(first.received)).toHaveLength(1);
    first.near.close(1006, 'cut');
    await settled();
    const second = connect();
    await settled();
    const [again] = credentialsOf(second.received);
    expect(again?.message.roleCredentials.credentialsId).toBe('id');
    const { expiration } = again?.message.roleCredentials ?? {};
    second.near.send(
      encodeAcs({
        type: 'IAMRoleCredentialsAckRequest',
        message: {
          messageId: again?.message.messageId ?? '',
          credentialsId: 'id',
          expiration: expiration ?? '',
        },
      }),
    );
    await settled();
    second.near.close(1006, 'cut');
    await settled();
    const third = connect();
    await settled();
    expect(credentialsOf(third.received)).toEqual([]);
  });

  test('[CRD-3] a task whose role cannot be assumed is stopped instead of sent', async () => {
    const taskRoleArn = 'arn:aws:iam::123456789012:role/gone';
    await put({ taskRoleArn, taskRoleCredentialsId: 'id' });
    connect();
    await settled();
    expect(store.read((tx) => tx.get(tasks, aTask().taskArn))).toMatchObject({
      desiredStatus: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringContaining(`ECS was unable to assume the role '${taskRoleArn}'`),
    });
  });

  test('[ASN-7] only stops that the store agrees with are confirmed', async () => {
    await put({ lastStatus: 'RUNNING', sentAt: instant(0) });
    const { near, received } = connect();
    await settled();
    const entry = (taskArn: string) => ({ taskArn, desiredStatus: 'STOPPED' as const });
    const stopCandidates = [entry(aTask().taskArn), entry('unknown')];
    near.send(
      encodeAcs({ type: 'TaskStopVerificationMessage', message: { messageId: 'm', stopCandidates } }),
    );
    await settled();
    expect(received.at(-1)).toMatchObject({
      type: 'TaskStopVerificationAck',
      message: { messageId: 'm', stopTasks: [{ taskArn: 'unknown' }] },
    });
  });
});
