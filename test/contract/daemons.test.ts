import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateCapacityProviderCommand,
  CreateClusterCommand,
  CreateDaemonCommand,
  DeleteDaemonCommand,
  DeleteDaemonTaskDefinitionCommand,
  DescribeContainerInstancesCommand,
  DescribeDaemonCommand,
  DescribeDaemonDeploymentsCommand,
  DescribeDaemonRevisionsCommand,
  DescribeTasksCommand,
  ECSClient,
  ListContainerInstancesCommand,
  ListDaemonDeploymentsCommand,
  ListDaemonsCommand,
  ListDaemonTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterDaemonTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  UpdateDaemonCommand,
  waitUntilDaemonActive,
  waitUntilDaemonDeploymentSuccessful,
  waitUntilDaemonTaskDefinitionDeleted,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot, startGantry, type TestGantry } from '../support/gantry.ts';
import { eventually } from '../support/wait.ts';

const CLUSTER = 'lab';
const HOST_COUNT = 2;
const agentDirs: string[] = [];
const agents: ChildProcess[] = [];
let gantry: TestGantry;
let ecs: ECSClient;
let providerArn = '';
let daemonArn = '';

/** A host of the provider `own` that runs no containers. */
function startAgent(): void {
  const dataDir = mkdtempSync(join(tmpdir(), 'gantry-daemons-'));
  agentDirs.push(dataDir);
  const options = {
    endpoint: gantry.endpointUrl,
    cluster: CLUSTER,
    'capacity-provider': 'own',
    runtime: 'simulated',
    'data-dir': dataDir,
    'key-file': join(gantry.dataDir, 'host-key.json'),
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  agents.push(
    spawn(process.execPath, [join(projectRoot, 'bin/gantry.js'), 'agent', ...args], { stdio: 'ignore' }),
  );
}

const register = async (image: string): Promise<string> => {
  const { daemonTaskDefinitionArn = '' } = await ecs.send(
    new RegisterDaemonTaskDefinitionCommand({
      family: 'agent',
      containerDefinitions: [{ name: 'agent', image, memory: 64 }],
    }),
  );
  return daemonTaskDefinitionArn;
};

const deploymentOf = async (arn = '') => {
  const answer = await ecs.send(new DescribeDaemonDeploymentsCommand({ daemonDeploymentArns: [arn] }));
  return answer.daemonDeployments?.[0];
};

const waiting = () => ({ client: ecs, maxWaitTime: 40, minDelay: 1, maxDelay: 1 });

describe('managed daemons, by the SDK', () => {
  beforeAll(async () => {
    gantry = await startGantry({ args: ['--runtime', 'simulated', '--no-agent'] });
    ecs = new ECSClient({
      endpoint: gantry.endpointUrl,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: {
        accessKeyId: gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
    await ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
    const { capacityProvider } = await ecs.send(
      new CreateCapacityProviderCommand({
        name: 'own',
        cluster: CLUSTER,
        managedInstancesProvider: {
          infrastructureRoleArn: 'arn:aws:iam::000000000000:role/infrastructure',
          instanceLaunchTemplate: {
            ec2InstanceProfileArn: 'arn:aws:iam::000000000000:instance-profile/hosts',
            networkConfiguration: { subnets: ['subnet-1'] },
          },
        },
      }),
    );
    providerArn = capacityProvider?.capacityProviderArn ?? '';
    for (let count = 0; count < HOST_COUNT; count += 1) startAgent();
    const connected = () =>
      ecs.send(new ListContainerInstancesCommand({ cluster: CLUSTER, filter: 'agentConnected == true' }));
    await eventually('the hosts', async () => {
      const { containerInstanceArns } = await connected();
      return containerInstanceArns?.length === HOST_COUNT || undefined;
    });
  });

  afterAll(async () => {
    for (const agent of agents) {
      agent.kill();
      if (agent.exitCode === null) await once(agent, 'exit');
    }
    await gantry?.stop();
    for (const dir of agentDirs) rmSync(dir, { recursive: true, force: true });
  });

  test('[CAP-6][MDM-20][MDM-27] a daemon comes to every host of its provider', async () => {
    const { containerInstanceArns: containerInstances = [] } = await ecs.send(
      new ListContainerInstancesCommand({ cluster: CLUSTER }),
    );
    const described = await ecs.send(
      new DescribeContainerInstancesCommand({ cluster: CLUSTER, containerInstances }),
    );
    expect(described.containerInstances?.map((host) => host.capacityProviderName)).toEqual(['own', 'own']);
    const daemonTaskDefinitionArn = await register('busybox');
    const made = await ecs.send(
      new CreateDaemonCommand({
        daemonName: 'agent',
        clusterArn: CLUSTER,
        daemonTaskDefinitionArn,
        capacityProviderArns: [providerArn],
        deploymentConfiguration: { drainPercent: 50 },
      }),
    );
    daemonArn = made.daemonArn ?? '';
    await waitUntilDaemonActive(waiting(), { daemonArn });
    await waitUntilDaemonDeploymentSuccessful(waiting(), {
      daemonDeploymentArns: [made.deploymentArn ?? ''],
    });
    const { taskArns: tasks = [] } = await ecs.send(
      new ListTasksCommand({ cluster: CLUSTER, daemonName: 'agent' }),
    );
    const answer = await ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks }));
    expect(answer.tasks?.map(({ lastStatus, startedBy }) => [lastStatus, startedBy])).toEqual(
      Array.from({ length: HOST_COUNT }, () => ['RUNNING', 'daemon/agent']),
    );
    expect(new Set(answer.tasks?.map((task) => task.containerInstanceArn)).size).toBe(HOST_COUNT);
    const { daemon } = await ecs.send(new DescribeDaemonCommand({ daemonArn }));
    expect(daemon).toMatchObject({
      status: 'ACTIVE',
      currentRevisions: [
        {
          totalRunningCount: HOST_COUNT,
          capacityProviders: [{ arn: providerArn, runningCount: HOST_COUNT }],
        },
      ],
    });
    const { daemonSummariesList } = await ecs.send(
      new ListDaemonsCommand({ clusterArn: CLUSTER, capacityProviderArns: [providerArn] }),
    );
    expect(daemonSummariesList).toMatchObject([{ daemonArn, status: 'ACTIVE' }]);
  });

  test('[MDM-22] other tasks run beside it', async () => {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'app',
        containerDefinitions: [{ name: 'app', image: 'busybox', memory: 64 }],
      }),
    );
    const run = await ecs.send(
      new RunTaskCommand({ cluster: CLUSTER, taskDefinition: 'app', launchType: 'EC2' }),
    );
    expect(run).toMatchObject({ tasks: [{ group: 'family:app' }], failures: [] });
  });

  test('[MDM-26][MDM-32] a revision that cannot be pulled is rolled back, and events tell of it', async () => {
    const { deploymentArn } = await ecs.send(
      new UpdateDaemonCommand({
        daemonArn,
        daemonTaskDefinitionArn: await register('sim.refuse-pull'),
        capacityProviderArns: [providerArn],
      }),
    );
    await expect
      .poll(async () => (await deploymentOf(deploymentArn))?.status, { timeout: 40_000 })
      .toBe('ROLLBACK_SUCCESSFUL');
    const deployment = await deploymentOf(deploymentArn);
    expect(deployment).toMatchObject({
      circuitBreaker: { status: 'TRIGGERED', threshold: 3 },
      statusReason: 'Daemon deployment rolled back because the circuit breaker threshold was exceeded.',
      rollback: { rollbackCapacityProviders: [providerArn] },
    });
    const { daemonRevisions } = await ecs.send(
      new DescribeDaemonRevisionsCommand({
        daemonRevisionArns: [deployment?.rollback?.rollbackTargetDaemonRevisionArn ?? ''],
      }),
    );
    expect(daemonRevisions).toMatchObject([{ containerImages: [{ image: 'busybox' }], critical: true }]);
    const events = await gantry.gantry(['events', '--json']);
    for (const name of ['DAEMON_TASK_START_IMPAIRED', 'DAEMON_DEPLOYMENT_ROLLBACK_SUCCESSFUL'])
      expect(events).toContain(name);
    const page = (nextToken?: string) =>
      ecs.send(new ListDaemonDeploymentsCommand({ daemonArn, maxResults: 1, nextToken }));
    const first = await page();
    const second = await page(first.nextToken);
    const listed = [first, second].flatMap(({ daemonDeployments = [] }) =>
      daemonDeployments.map(({ status }) => status),
    );
    expect(listed).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL']);
  });

  test('[MDM-5][MDM-6][MDM-29] it is deleted with its tasks, and its definition when nothing uses it', async () => {
    const page = (nextToken?: string) =>
      ecs.send(new ListDaemonTaskDefinitionsCommand({ maxResults: 1, nextToken }));
    const first = await page();
    const arns = [first, await page(first.nextToken)].flatMap(({ daemonTaskDefinitions = [] }) =>
      daemonTaskDefinitions.flatMap(({ arn }) => arn ?? []),
    );
    expect(arns.map((arn) => arn.slice(arn.lastIndexOf('/') + 1))).toEqual(['agent:1', 'agent:2']);
    await ecs.send(new DeleteDaemonTaskDefinitionCommand({ daemonTaskDefinition: 'agent:1' }));
    const { status, deploymentArn = '' } = await ecs.send(new DeleteDaemonCommand({ daemonArn }));
    expect(status).toBe('DELETE_IN_PROGRESS');
    await waitUntilDaemonDeploymentSuccessful(waiting(), { daemonDeploymentArns: [deploymentArn] });
    await waitUntilDaemonTaskDefinitionDeleted(waiting(), { daemonTaskDefinition: 'agent:1' });
    await expect(ecs.send(new DescribeDaemonCommand({ daemonArn }))).rejects.toMatchObject({
      name: 'DaemonNotFoundException',
    });
  });
});
