import { DataChannelClient } from '../src/main/exec/data-channel-client.ts';
import { randomIds } from '../src/platform/random-ids.ts';
import { systemClock } from '../src/platform/system-clock.ts';
import { awsPost, FORM } from './aws-post.ts';
import { onDockerHost } from './docker-host.ts';
import { callEcs, type Target } from './load.ts';
import { timeToRunning } from './run-and-wait.ts';
import { RUN_CLUSTER } from './seed.ts';
import { printTable, quantile, rounded, verdict } from './table.ts';

const IMAGE = 'bench-exec:1';
const KEY_COUNT = 500;
const OUTPUT_MIB = 32;
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});
const MAY_EXEC = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'ssmmessages:*', Resource: '*' }],
});

/** Measures a terminal: how long a key takes to be shown, and how fast output comes. */
export function benchExec(): Promise<void> {
  return onDockerHost({
    title: 'A terminal in a container',
    image: IMAGE,
    measure: async ({ server: { target } }) => {
      const task = await startTask(target);
      const echoMs = await timeEcho(target, task);
      const seconds = await timeOutput(target, task);
      const p99 = quantile(echoMs, 0.99);
      printTable(`A terminal in a container, ${KEY_COUNT} keys`, [
        {
          'echo, p50, ms': rounded(quantile(echoMs, 0.5), 2),
          'p99, ms': rounded(p99, 2),
          target: verdict(p99, { atMost: 5 }),
          [`${OUTPUT_MIB} MiB of output, MiB/s`]: rounded(OUTPUT_MIB / seconds, 1),
        },
      ]);
    },
  });
}

async function startTask(target: Target): Promise<string> {
  await callIam(target, { Action: 'CreateRole', RoleName: 'exec', AssumeRolePolicyDocument: TRUST });
  await callIam(target, {
    ...{ Action: 'PutRolePolicy', RoleName: 'exec', PolicyName: 'exec', PolicyDocument: MAY_EXEC },
  });
  await callEcs(target, {
    operation: 'RegisterTaskDefinition',
    input: {
      family: 'exec',
      networkMode: 'bridge',
      taskRoleArn: 'exec',
      containerDefinitions: [{ name: 'box', image: IMAGE, cpu: 64, memory: 64 }],
    },
  });
  const input = {
    ...{ cluster: RUN_CLUSTER, taskDefinition: 'exec', launchType: 'EC2' },
    enableExecuteCommand: true,
  };
  const { taskArn } = await timeToRunning(target, { operation: 'RunTask', input });
  return taskArn;
}

/** A key is typed when the one before it was shown. */
async function timeEcho(target: Target, task: string): Promise<readonly number[]> {
  const samples: number[] = [];
  let shown = Promise.withResolvers<void>();
  const { client, opened, ended } = await openSession(target, task, {
    command: 'cat',
    show: () => shown.resolve(),
  });
  await opened;
  for (let key = 0; key < KEY_COUNT; key += 1) {
    shown = Promise.withResolvers();
    const begin = performance.now();
    await client.type(Buffer.from('k'));
    await shown.promise;
    // The first key waits for the command to start.
    if (key > 0) samples.push(performance.now() - begin);
  }
  await client.type(Uint8Array.of(0x03));
  await ended;
  return samples;
}

async function timeOutput(target: Target, task: string): Promise<number> {
  const command = `head -c ${OUTPUT_MIB * 1024 * 1024} /dev/zero`;
  let firstAt = 0;
  const { ended } = await openSession(target, task, {
    command,
    show: () => {
      firstAt ||= performance.now();
    },
  });
  await ended;
  return (performance.now() - firstAt) / 1_000;
}

async function openSession(
  target: Target,
  task: string,
  { command, show }: { readonly command: string; readonly show: () => void },
) {
  const { session } = await callEcs<{
    readonly session: { readonly sessionId: string; readonly streamUrl: string; readonly tokenValue: string };
  }>(target, {
    operation: 'ExecuteCommand',
    input: { cluster: RUN_CLUSTER, task, command, interactive: true },
  });
  const opened = Promise.withResolvers<void>();
  const client = new DataChannelClient({
    clock: systemClock,
    ids: randomIds,
    resume: async () => undefined,
    terminal: {
      show: () => {
        show();
        return true;
      },
      drained: async () => {},
      size: () => ({ columns: 80, rows: 24 }),
      opened: () => opened.resolve(),
    },
  });
  return { client, opened: opened.promise, ended: client.run(session) };
}

async function callIam(target: Target, parameters: Readonly<Record<string, string>>): Promise<void> {
  const body = new URLSearchParams({ Version: '2010-05-08', ...parameters }).toString();
  await awsPost(target, { service: 'iam', headers: FORM, body });
}
