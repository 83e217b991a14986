import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ContinueServiceDeploymentCommand,
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EcsEvent } from '../../src/domain/events.ts';
import { startGantry, type TestGantry } from '../support/gantry.ts';
import { FARGATE_SIZE } from './support/fargate-size.ts';

/** A webhook's receiver. It refuses every twentieth call. */
class Receiver {
  readonly received: EcsEvent[] = [];
  readonly #server: Server;
  #count = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.#count += 1;
        const isRefused = this.#count % 20 === 0;
        if (!isRefused) this.received.push(JSON.parse(Buffer.concat(chunks).toString()) as EcsEvent);
        response.writeHead(isRefused ? 503 : 204).end();
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/events`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('events of a program that is killed', () => {
  const receiver = new Receiver();
  let program: TestGantry;
  let ecs: ECSClient;
  const taskArns: string[] = [];

  beforeAll(async () => {
    program = await startGantry({
      args: ['--runtime', 'simulated', '--pace', '20ms'],
      env: { GANTRY_EVENT_WEBHOOK: await receiver.listen() },
    });
    const credentials = {
      accessKeyId: program.env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: program.env['AWS_SECRET_ACCESS_KEY'] ?? '',
    };
    ecs = new ECSClient({ endpoint: program.endpointUrl, region: 'us-east-1', credentials });
    await ecs.send(new CreateClusterCommand({}));
    const main = {
      name: 'main',
      image: 'registry.example.com/job:1',
      dockerLabels: { 'gantry.simulate.run-for': '20ms', 'gantry.simulate.exit-code': '7' },
    };
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'job',
        ...FARGATE_SIZE,
        containerDefinitions: [main],
      }),
    );
  });
  afterAll(async () => {
    await program.stop();
    receiver.close();
  });

  const eventsOf = async (...args: string[]): Promise<readonly EcsEvent[]> =>
    (await program.gantry(['events', '--json', ...args]))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as EcsEvent);

  async function runAndKill(afterMs: number): Promise<void> {
    const subnets = await program.awsJson<{ Subnets: { SubnetId: string }[] }>(['ec2', 'describe-subnets']);
    const { tasks = [] } = await ecs.send(
      new RunTaskCommand({
        taskDefinition: 'job',
        launchType: 'FARGATE',
        count: 4,
        networkConfiguration: {
          awsvpcConfiguration: { subnets: subnets.Subnets.map(({ SubnetId }) => SubnetId) },
        },
      }),
    );
    taskArns.push(...tasks.map(({ taskArn = '' }) => taskArn));
    await pause(afterMs);
    const run = JSON.parse(readFileSync(join(program.dataDir, 'control-plane.run.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(run.pid, 'SIGKILL');
    await program.up();
  }

  test('[EVT-3] [EVT-7] each task has its events once and in order, here and at the receiver', async () => {
    for (const afterMs of [0, 60, 150]) await runAndKill(afterMs);
    const rows = async () => (await ecs.send(new DescribeTasksCommand({ tasks: taskArns }))).tasks ?? [];
    while (!(await rows()).every(({ lastStatus }) => lastStatus === 'STOPPED')) await pause(50);
    const events = await eventsOf('--since', '1h');
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    for (const { taskArn, version } of await rows()) {
      const own = events.filter(({ resources }) => resources[0] === taskArn);
      const versions = own.map(({ detail }) => Number(detail['version']));
      expect(versions).toEqual([...new Set(versions)].toSorted((one, other) => one - other));
      expect([versions[0], versions.at(-1)]).toEqual([1, version]);
      expect(own.at(-1)?.detail).toMatchObject({
        lastStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        containers: [{ exitCode: 7 }],
      });
    }
    const delivered = () => [...new Set(receiver.received.map(({ id }) => id))];
    const wanted = events.map(({ id }) => id);
    // Refusals are followed by pauses of one second: waiting is for the last one only.
    while (delivered().length < wanted.length) await pause(100);
    expect(delivered()).toEqual(wanted);
  });

  test('[EVT-10] a hook that pauses a deployment, and what became of it', async () => {
    const { Subnets = [] } = JSON.parse(await program.aws(['ec2', 'describe-subnets'])) as {
      readonly Subnets?: readonly { readonly SubnetId: string }[];
    };
    const made = await ecs.send(
      new CreateServiceCommand({
        serviceName: 'held',
        taskDefinition: 'job',
        desiredCount: 0,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets: Subnets.map(({ SubnetId }) => SubnetId) } },
        deploymentConfiguration: {
          lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['PRE_SCALE_UP'] }],
        },
      }),
    );
    const serviceArn = made.service?.serviceArn ?? '';
    const hooks = async () =>
      (await eventsOf('--resource', serviceArn)).filter(
        (event) => event['detail-type'] === 'ECS Hook State Change',
      );
    while ((await hooks()).length === 0) await pause(50);
    const [{ detail: waiting } = { detail: {} }] = await hooks();
    expect(waiting).toMatchObject({
      eventName: 'HOOK_AWAITING_ACTION',
      hookType: 'PAUSE',
      lifecycleStage: 'PRE_SCALE_UP',
      serviceArn,
    });
    const { hookId = '', serviceDeploymentArn = '' } = waiting as Readonly<Record<string, string>>;
    await ecs.send(
      new ContinueServiceDeploymentCommand({ hookId, serviceDeploymentArn, action: 'CONTINUE' }),
    );
    while ((await hooks()).length === 1) await pause(50);
    expect((await hooks()).map(({ resources, detail }) => [resources, detail['eventName']])).toEqual([
      [[serviceDeploymentArn], 'HOOK_AWAITING_ACTION'],
      [[serviceDeploymentArn], 'HOOK_SUCCEEDED'],
    ]);
  });

  test('[EVT-8] one task, its history, and who may read', async () => {
    const taskArn = taskArns[0] ?? '';
    const own = await eventsOf('--resource', taskArn);
    expect(own.length).toBeGreaterThan(2);
    expect(new Set(own.flatMap(({ resources }) => resources))).toEqual(new Set([taskArn]));
    const lines = await program.gantry(['events', '--resource', taskArn.slice(taskArn.lastIndexOf('/') + 1)]);
    expect(lines.trimEnd().split('\n').length).toBe(own.length);
    const history = await program.gantry(['history', taskArn]);
    expect(history).toContain('Essential container in task exited');
    expect(history).toContain('exit 7');
    const unsigned = await fetch(`${program.endpointUrl}/_gantry/events`);
    expect(unsigned.status).toBe(403);
  });
});
