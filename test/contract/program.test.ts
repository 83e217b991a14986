import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { CreateUserCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGantry, type TestGantry } from '../support/gantry.ts';
import { eventually } from '../support/wait.ts';
import { FARGATE_SIZE } from './support/fargate-size.ts';

let gantry: TestGantry;
let config: ConstructorParameters<typeof ECSClient>[0] & object;

const pidIn = (name: string): number =>
  (JSON.parse(readFileSync(join(gantry.dataDir, name), 'utf8')) as { readonly pid: number }).pid;
const agentPid = (): number => pidIn('agent/agent.run.json');
const hostCount = async (): Promise<number> =>
  ((await (await fetch(`${gantry.endpointUrl}/_gantry/health`)).json()) as { connectedHostCount: number })
    .connectedHostCount;
const reset = (headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${gantry.endpointUrl}/_gantry/reset`, { method: 'POST', headers });

/** Starts a task on FARGATE and resolves with it once it runs. */
async function aRunningTask() {
  const ecs = new ECSClient(config);
  await ecs.send(new CreateClusterCommand({}));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'job',
      ...FARGATE_SIZE,
      containerDefinitions: [{ name: 'main', image: 'job' }],
    }),
  );
  const { Subnets = [] } = await new EC2Client(config).send(new DescribeSubnetsCommand({}));
  const subnets = Subnets.slice(0, 1).map(({ SubnetId = '' }) => SubnetId);
  const { tasks: [made] = [] } = await ecs.send(
    new RunTaskCommand({
      taskDefinition: 'job',
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets } },
    }),
  );
  return eventually('the task', async () => {
    const { tasks: [task] = [] } = await ecs.send(new DescribeTasksCommand({ tasks: [made?.taskArn ?? ''] }));
    return task?.lastStatus === 'RUNNING' ? task : undefined;
  });
}

describe('the program', () => {
  beforeAll(async () => {
    gantry = await startGantry({ args: ['--runtime', 'simulated', '--allow-reset'] });
    config = {
      endpoint: gantry.endpointUrl,
      region: 'us-east-1',
      credentials: {
        accessKeyId: gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    };
  });
  afterAll(() => gantry?.stop());

  test('[PRG-2] files are their owner’s alone, and no process has a key among its arguments', () => {
    const paths = ['', ...readdirSync(gantry.dataDir, { recursive: true }).map(String)];
    const open = paths.filter((path) => {
      const found = statSync(join(gantry.dataDir, path), { throwIfNoEntry: false });
      return found !== undefined && !found.isSocket() && isOpen(path, found.mode, found.isDirectory());
    });
    expect(open).toEqual([]);
    expect(paths).toEqual(expect.arrayContaining(['root-key.json', 'host-key.json', 'state.db']));
    const secrets = ['root-key.json', 'host-key.json'].map(
      (name) => (JSON.parse(readFileSync(join(gantry.dataDir, name), 'utf8')) as Key).secretAccessKey,
    );
    for (const pid of [pidIn('control-plane.run.json'), agentPid()]) {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      for (const secret of secrets) expect(commandLine.includes(secret)).toBe(false);
    }
  });

  test('[PRG-9] a simulated task has an address, where nothing answers', async () => {
    const task = await aRunningTask();
    const address = task.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  test('[PRG-10] an agent that has ended is started again', async () => {
    const task = await aRunningTask();
    const before = agentPid();
    process.kill(before, 'SIGKILL');
    await eventually('another agent', async () => (agentPid() === before ? undefined : true));
    await eventually('its connection', async () => ((await hostCount()) === 1 ? true : undefined));
    expect(task.lastStatus).toBe('RUNNING');
  });

  test('[PRG-4] a reset deletes all but the account, its keys, the network and the hosts', async () => {
    await aRunningTask();
    const ecs = new ECSClient(config);
    const iam = new IAMClient(config);
    const ec2 = new EC2Client(config);
    const subnetIds = async () =>
      (await ec2.send(new DescribeSubnetsCommand({}))).Subnets?.map(({ SubnetId }) => SubnetId);
    await iam.send(new CreateUserCommand({ UserName: 'ann' }));
    const before = [agentPid(), await subnetIds()];
    expect((await reset({ origin: 'http://page.example' })).status).toBe(403);
    expect((await ecs.send(new ListClustersCommand({}))).clusterArns).not.toEqual([]);
    expect((await reset()).status).toBe(200);
    expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
    const { Users = [] } = await iam.send(new ListUsersCommand({}));
    expect(Users.map(({ UserName }) => UserName)).toEqual(['gantry-host']);
    expect([agentPid(), await subnetIds()]).toEqual(before);
    expect(await hostCount()).toBe(1);
    await aRunningTask();
  });

  test('[AGT-1] a host of the pool joins anew when the control plane has lost its state', async () => {
    const before = agentPid();
    const controlPlane = pidIn('control-plane.run.json');
    process.kill(controlPlane, 'SIGKILL');
    await eventually('its end', async () => (existsSync(`/proc/${controlPlane}`) ? undefined : true));
    for (const name of readdirSync(gantry.dataDir))
      if (name.startsWith('state.db')) rmSync(join(gantry.dataDir, name));
    await gantry.up();
    const env = await gantry.gantry(['env']);
    const keyOf = (name: string): string => new RegExp(`${name}='?([^'\\s]*)`).exec(env)?.[1] ?? '';
    config = {
      ...config,
      credentials: {
        accessKeyId: keyOf('AWS_ACCESS_KEY_ID'),
        secretAccessKey: keyOf('AWS_SECRET_ACCESS_KEY'),
      },
    };
    await eventually('its connection', async () => ((await hostCount()) === 1 ? true : undefined));
    await aRunningTask();
    expect(agentPid()).toBe(before);
  });
});

interface Key {
  readonly secretAccessKey: string;
}

/** Whether others than the owner may do anything with it; what is in a closed folder is closed with it. */
function isOpen(path: string, mode: number, isDirectory: boolean): boolean {
  const others = mode & 0o077;
  return path === '' || !isDirectory ? others !== 0 : false;
}
