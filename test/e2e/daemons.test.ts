import {
  CreateCapacityProviderCommand,
  CreateClusterCommand,
  CreateDaemonCommand,
  DeleteDaemonCommand,
  DescribeDaemonDeploymentsCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterDaemonTaskDefinitionCommand,
  UpdateDaemonCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGantry, type TestGantry } from '../support/gantry.ts';
import { eventually } from '../support/wait.ts';
import {
  engineCall,
  makeBusyboxImage,
  startTestEngine,
  type TestEngine,
  whyNoTestEngine,
} from './support/engine.ts';
import { startTestAgent, type TestAgent } from './support/test-agent.ts';

const noEngine = await whyNoTestEngine();

describe.skipIf(noEngine !== undefined)('managed daemons in containers', () => {
  let engine: TestEngine;
  let gantry: TestGantry;
  let agent: TestAgent;
  let ecs: ECSClient;
  let providerArn = '';

  beforeAll(async () => {
    engine = await startTestEngine();
    await makeBusyboxImage(engine.socketPath, 'gantry-test/daemon');
    gantry = await startGantry({ env: engine.env, args: ['--no-agent'] });
    ecs = new ECSClient({
      endpoint: gantry.endpointUrl,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: {
        accessKeyId: gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
    await ecs.send(new CreateClusterCommand({ clusterName: 'lab' }));
    const { capacityProvider } = await ecs.send(
      new CreateCapacityProviderCommand({
        name: 'own',
        cluster: 'lab',
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
    const args = ['--capacity-provider', 'own', '--engine', engine.socketPath];
    agent = await startTestAgent(gantry, { cluster: 'lab', args, env: engine.env });
  });

  afterAll(async () => {
    await agent?.remove();
    await gantry?.stop();
    await engine?.stop();
  });

  const register = async (word: string): Promise<string> => {
    const answer = await ecs.send(
      new RegisterDaemonTaskDefinitionCommand({
        family: 'agent',
        containerDefinitions: [
          {
            name: 'agent',
            image: 'gantry-test/daemon',
            memory: 64,
            command: ['sh', '-c', `trap "exit 0" TERM; echo ${word}; while true; do sleep 1; done`],
          },
        ],
      }),
    );
    return answer.daemonTaskDefinitionArn ?? '';
  };

  const deployed = (arn = '') =>
    eventually(`the end of ${arn}`, async () => {
      const answer = await ecs.send(new DescribeDaemonDeploymentsCommand({ daemonDeploymentArns: [arn] }));
      return answer.daemonDeployments?.[0]?.status === 'SUCCESSFUL' || undefined;
    });

  /** What the containers of the daemon's tasks have printed. */
  const words = async (): Promise<readonly string[]> => {
    const { taskArns: tasks = [] } = await ecs.send(
      new ListTasksCommand({ cluster: 'lab', daemonName: 'agent' }),
    );
    const answer = await ecs.send(new DescribeTasksCommand({ cluster: 'lab', tasks }));
    const ids = (answer.tasks ?? []).flatMap(({ containers = [] }) =>
      containers.flatMap(({ runtimeId }) => runtimeId ?? []),
    );
    const logs = await Promise.all(
      ids.map((id) => engineCall(engine.socketPath, 'GET', `/containers/${id}/logs?stdout=1`)),
    );
    return logs.map((text) => text.replace(/[^a-z]/g, ''));
  };

  test('[MDM-3][MDM-20][MDM-23][MDM-29] one runs on its host, is replaced, and goes', async () => {
    const made = await ecs.send(
      new CreateDaemonCommand({
        daemonName: 'agent',
        clusterArn: 'lab',
        daemonTaskDefinitionArn: await register('first'),
        capacityProviderArns: [providerArn],
      }),
    );
    await deployed(made.deploymentArn);
    expect(await words()).toEqual(['first']);
    const { daemonArn } = made;
    const updated = await ecs.send(
      new UpdateDaemonCommand({
        daemonArn,
        daemonTaskDefinitionArn: await register('second'),
        capacityProviderArns: [providerArn],
      }),
    );
    await deployed(updated.deploymentArn);
    expect(await words()).toEqual(['second']);
    const deleted = await ecs.send(new DeleteDaemonCommand({ daemonArn }));
    await deployed(deleted.deploymentArn);
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: 'lab' }));
    expect(taskArns).toEqual([]);
  });
});
