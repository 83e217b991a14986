import { beforeEach, describe, expect, test } from 'vitest';
import { aContainerInstance } from '../../core/instance/testing.ts';
import { aTask, aTaskDefinition } from '../../core/task/testing.ts';
import { instant } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { seededRng } from '../../lib/rng.ts';
import { decodeAcsCommand, encodeAcs } from '../../link/acs-codec.ts';
import type { AcsCommand } from '../../link/acs-messages.ts';
import { type Socket, socketPair } from '../../link/socket.ts';
import { encodeTcsReport } from '../../link/tcs-codec.ts';
import { containerInstances, roles, taskDefinitions, tasks } from '../../records/collections.ts';
import { taskCredentials } from '../../records/task-credentials.ts';
import { aTaskRole } from '../../records/testing.ts';
import { seededIds } from '../../sim/seeded-ids.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { memoryStore } from '../../store/memory-store.ts';
import type { Store } from '../../store/store.ts';
import { type AgentSessions, startAgentSessions } from './agent-sessions.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = instant(1_767_225_600_000);
const installation = { accountId: '123456789012', region: 'us-east-1', endpointUrl: 'http://x:1' } as const;
const roleArn = 'arn:aws:iam::123456789012:role/app';
const hostArn = (index: number): string =>
  `arn:aws:ecs:us-east-1:123456789012:container-instance/default/${index}`;

let store: Store;
let clock: VirtualClock;
let sessions: AgentSessions;
/** What the hosts were sent, and when. */
let sent: { readonly at: number; readonly host: number; readonly command: AcsCommand }[];
/** How many transactions were asked for. */
let writes: number;

/** Lets time pass, and what it begins end. */
async function wait(ms: number): Promise<void> {
  const until = clock.now() + ms;
  let isOver = false;
  clock.schedule(instant(until), () => {
    isOver = true;
  });
  while (!isOver) {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    clock.step();
  }
}

/** Connects a host that acknowledges what it is sent. */
function connect(host: number): Socket {
  const admission = sessions.admitAcs(`containerInstanceArn=${encodeURIComponent(hostArn(host))}`);
  if (admission.kind === 'refused') throw new Error(admission.refusal.body);
  const [near, far] = socketPair();
  near.onMessage((text) => {
    const command = decodeAcsCommand(text);
    if (command.type === 'unusable') return;
    sent.push({ at: clock.now(), host, command });
    const messageId = 'messageId' in command.message ? (command.message.messageId ?? '') : '';
    near.send(
      encodeAcs(
        command.type === 'HeartbeatMessage'
          ? { type: 'HeartbeatAckRequest', message: { messageId } }
          : { type: 'AckRequest', message: { cluster: 'c', containerInstance: 'i', messageId } },
      ),
    );
  });
  admission.attach(far);
  return near;
}

const sentOf = (type: AcsCommand['type']) => sent.filter(({ command }) => command.type === type);

const putHosts = (count: number) =>
  store.write((tx) => {
    for (let index = 0; index < count; index += 1)
      tx.put(
        containerInstances,
        aContainerInstance({ containerInstanceArn: hostArn(index), instanceId: String(index) }),
      );
  });

describe('the steps of sessions', () => {
  beforeEach(async () => {
    clock = new VirtualClock(START);
    sent = [];
    writes = 0;
    const real = await memoryStore();
    store = {
      read: (work) => real.read(work),
      write: (work) => {
        writes += 1;
        return real.write(work);
      },
      watch: (onCommit) => real.watch(onCommit),
      close: () => real.close(),
    };
    await store.write((tx) => {
      tx.put(taskDefinitions, aTaskDefinition());
      tx.put(roles, aTaskRole(roleArn));
    });
    sessions = await startAgentSessions({
      store,
      clock,
      ids: seededIds(seededRng('steps')),
      log: silentLog,
      installation,
    });
  });

  test('[ASN-12] hosts that connected in one instant never act together again', async () => {
    await putHosts(200);
    for (let host = 0; host < 200; host += 1) connect(host);
    await wait(1);
    sent = [];
    await wait(10 * MINUTE_MS);
    for (const [type, periodMs] of [
      ['HeartbeatMessage', 30_000],
      ['TaskManifestMessage', 600_000],
    ] as const) {
      const messages = sentOf(type);
      expect(messages).toHaveLength((200 * 10 * MINUTE_MS) / periodMs);
      const inTenth = new Map<number, number>();
      for (const { at } of messages) {
        const tenth = Math.floor(((at % periodMs) / periodMs) * 10);
        inTenth.set(tenth, (inTenth.get(tenth) ?? 0) + 1);
      }
      expect(inTenth.size).toBe(10);
      expect(Math.max(...inTenth.values())).toBeLessThan((messages.length / 10) * 2);
    }
    const atOnce = new Map<number, number>();
    for (const { at } of sent) atOnce.set(at, (atOnce.get(at) ?? 0) + 1);
    expect(Math.max(...atOnce.values())).toBeLessThanOrEqual(6);
  });

  test('[ASN-10] [ASN-12] each host has its heartbeats and manifests in their time, whenever it connects', async () => {
    await putHosts(20);
    for (let host = 0; host < 20; host += 1) {
      connect(host);
      await wait(1_237);
    }
    await wait(30 * MINUTE_MS);
    for (let host = 0; host < 20; host += 1) {
      for (const [type, periodMs] of [
        ['HeartbeatMessage', 30_000],
        ['TaskManifestMessage', 600_000],
      ] as const) {
        const times = sentOf(type).flatMap((message) => (message.host === host ? [message.at] : []));
        // The first manifest is that of the connection.
        const beats = type === 'HeartbeatMessage' ? times : times.slice(1);
        expect((beats[0] ?? Infinity) - START - host * 1_237).toBeLessThanOrEqual(periodMs);
        const pauses = beats.slice(1).map((at, index) => at - (beats[index] ?? 0));
        expect(new Set(pauses)).toEqual(new Set([periodMs]));
      }
    }
  });

  test('[ASN-8] nothing is written while no credentials end; those that end are replaced, an hour before', async () => {
    await putHosts(1);
    const withRole = { taskRoleArn: roleArn, taskRoleCredentialsId: 'id' };
    await store.write((tx) =>
      tx.put(tasks, aTask({ instanceArn: hostArn(0), lastStatus: 'PENDING', ...withRole })),
    );
    connect(0);
    await wait(1_000);
    expect(sentOf('PayloadMessage')).toHaveLength(1);
    writes = 0;
    sent = [];
    await wait(4 * HOUR_MS);
    // What is written is the numbers of the manifests.
    expect(sentOf('IAMRoleCredentialsMessage')).toEqual([]);
    expect(sentOf('TaskManifestMessage')).toHaveLength(24);
    expect(writes).toBe(24);
    await wait(HOUR_MS + 2 * MINUTE_MS);
    const [renewal, ...others] = sentOf('IAMRoleCredentialsMessage');
    expect(others).toEqual([]);
    expect((renewal?.at ?? 0) - START).toBeGreaterThanOrEqual(5 * HOUR_MS);
    expect((renewal?.at ?? 0) - START).toBeLessThanOrEqual(5 * HOUR_MS + MINUTE_MS);
    await wait(5 * HOUR_MS);
    expect(sentOf('IAMRoleCredentialsMessage')).toHaveLength(2);
  });

  test('[ASN-8] credentials that end before those that were found first are not overlooked', async () => {
    await putHosts(1);
    connect(0);
    await wait(2 * MINUTE_MS);
    const withRole = { taskRoleArn: roleArn, taskRoleCredentialsId: 'id' };
    await store.write((tx) =>
      tx.put(tasks, aTask({ instanceArn: hostArn(0), lastStatus: 'PENDING', ...withRole })),
    );
    await wait(HOUR_MS);
    expect(sentOf('PayloadMessage')).toHaveLength(1);
    await wait(5 * HOUR_MS);
    expect(sentOf('IAMRoleCredentialsMessage')).toHaveLength(1);
  });

  test('[CRD-3] [ASN-8] a role that is gone costs looks and no transactions, and is served when it is back', async () => {
    await putHosts(1);
    const task = aTask({
      instanceArn: hostArn(0),
      lastStatus: 'RUNNING',
      sentAt: START,
      taskRoleArn: roleArn,
      taskRoleCredentialsId: 'id',
    });
    await store.write((tx) => {
      tx.put(tasks, task);
      tx.put(taskCredentials, {
        credentialsId: 'id',
        taskArn: task.taskArn,
        accessKeyId: 'k',
        expiresAt: START,
      });
      tx.delete(roles, 'app');
    });
    connect(0);
    await wait(1_000);
    writes = 0;
    await wait(10 * MINUTE_MS);
    expect(writes).toBe(1);
    await store.write((tx) => tx.put(roles, aTaskRole(roleArn)));
    await wait(MINUTE_MS);
    expect(sentOf('IAMRoleCredentialsMessage')).toHaveLength(1);
  });

  test('[ASN-9] health that is reported again and again is written once', async () => {
    await putHosts(1);
    const [app] = aTask().containers;
    const containers = app === undefined ? [] : [{ ...app, essential: true }];
    await store.write((tx) =>
      tx.put(tasks, aTask({ instanceArn: hostArn(0), lastStatus: 'RUNNING', containers })),
    );
    const admission = sessions.admitTcs(`containerInstance=${encodeURIComponent(hostArn(0))}`);
    if (admission.kind === 'refused') throw new Error(admission.refusal.body);
    const [near, far] = socketPair();
    admission.attach(far);
    let answers = 0;
    near.onMessage(() => {
      answers += 1;
    });
    writes = 0;
    const report = async (healthStatus: 'HEALTHY' | 'UNHEALTHY') => {
      near.send(
        encodeTcsReport(
          {
            type: 'PublishHealthRequest',
            message: {
              metadata: { cluster: 'c', containerInstance: 'i', messageId: 'm', fin: true },
              timestamp: 0,
              tasks: [
                {
                  taskArn: aTask().taskArn,
                  taskDefinitionFamily: 'web',
                  taskDefinitionVersion: '1',
                  containers: [{ containerName: app?.name ?? '', healthStatus, statusSince: 0 }],
                },
              ],
            },
          },
          () => ({}),
        ),
      );
      await wait(1);
    };
    for (const status of ['HEALTHY', 'HEALTHY', 'HEALTHY', 'UNHEALTHY', 'UNHEALTHY'] as const)
      await report(status);
    expect(answers).toBe(5);
    expect(writes).toBe(2);
    expect(store.read((tx) => tx.get(tasks, aTask().taskArn))?.healthStatus).toBe('UNHEALTHY');
  });
});
