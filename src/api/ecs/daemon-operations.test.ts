import { describe, expect, test } from 'vitest';
import {
  A_DAEMON,
  aDaemonHost,
  aDaemonLab,
  agentsReport,
  aProvider,
  definitionArn,
  providerArn,
} from '../../controllers/daemon-scheduler/testing.ts';
import { roles } from '../../records/collections.ts';
import { daemonTaskDefinitions } from '../../records/daemon-definitions.ts';
import { daemonRevisions, daemons } from '../../records/daemons.ts';
import type { CreateDaemonRequest, UpdateDaemonRequest } from '../../shapes/generated/ecs.ts';
import { createDaemon } from './create-daemon.ts';
import { deleteDaemon } from './delete-daemon.ts';
import { deleteDaemonTaskDefinition } from './delete-daemon-task-definition.ts';
import { describeDaemon } from './describe-daemon.ts';
import { describeDaemonDeployments } from './describe-daemon-deployments.ts';
import { describeDaemonRevisions } from './describe-daemon-revisions.ts';
import { listDaemonDeployments } from './list-daemon-deployments.ts';
import { listDaemons } from './list-daemons.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { listTasks } from './list-tasks.ts';
import { deleteCapacityProvider } from './own-capacity-providers.ts';
import { tagResource } from './tag-resource.ts';
import { updateDaemon } from './update-daemon.ts';

const DAEMON = 'arn:aws:ecs:us-east-1:123456789012:daemon/default/agent';
const UPDATE: UpdateDaemonRequest = {
  daemonArn: DAEMON,
  daemonTaskDefinitionArn: definitionArn(2),
  capacityProviderArns: [providerArn('own')],
};
const DEFAULTS = { drainPercent: 25, bakeTimeInMinutes: 0, alarms: { alarmNames: [], enable: false } };

describe('createDaemon', () => {
  test('[MDM-10][MDM-11][MDM-14] makes a daemon, its first revision and its deployment', async () => {
    const { context, create } = await aDaemonLab();
    const createdAt = context.clock.now();
    const { deploymentArn = '', ...made } = await create();
    expect(made).toEqual({ daemonArn: DAEMON, status: 'ACTIVE', createdAt });
    expect(deploymentArn).toMatch(/:daemon-deployment\/default\/agent\/[\w-]{21}$/);
    const { daemonDeployments = [] } = await describeDaemonDeployments(context, {
      daemonDeploymentArns: [
        deploymentArn,
        'arn:aws:ecs:us-east-1:123456789012:daemon-deployment/default/agent/x',
      ],
    });
    const revisionArn = daemonDeployments[0]?.targetDaemonRevision?.arn ?? '';
    expect(revisionArn).toMatch(/:daemon-revision\/default\/agent\/[0-9a-f-]{36}$/);
    expect(daemonDeployments).toEqual([
      {
        daemonDeploymentArn: deploymentArn,
        clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default',
        status: 'SUCCESSFUL',
        createdAt,
        startedAt: createdAt,
        finishedAt: createdAt,
        sourceDaemonRevisions: [],
        targetDaemonRevision: {
          arn: revisionArn,
          capacityProviders: [
            {
              arn: providerArn('own'),
              runningInstanceCount: 0,
              withoutDaemonInstanceCount: 0,
              drainingInstanceCount: 0,
            },
          ],
          totalRunningInstanceCount: 0,
          totalWithoutDaemonInstanceCount: 0,
          totalDrainingInstanceCount: 0,
        },
        circuitBreaker: { failureCount: 0, status: 'MONITORING_COMPLETE', threshold: 3 },
        alarms: { status: 'DISABLED', alarmNames: [], triggeredAlarmNames: [] },
        deploymentConfiguration: DEFAULTS,
      },
    ]);
    const { daemonRevisions, failures } = await describeDaemonRevisions(context, {
      daemonRevisionArns: [revisionArn, `${revisionArn}0`],
    });
    expect(failures).toEqual([{ arn: `${revisionArn}0`, reason: 'MISSING' }]);
    expect(daemonRevisions).toEqual([
      {
        daemonRevisionArn: revisionArn,
        clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default',
        daemonArn: DAEMON,
        daemonTaskDefinitionArn: definitionArn(1),
        createdAt,
        containerImages: [{ containerName: 'agent', image: 'agent' }],
        propagateTags: 'NONE',
        enableECSManagedTags: false,
        enableExecuteCommand: false,
        critical: true,
      },
    ]);
  });

  test.each<[string, Partial<CreateDaemonRequest>, string, RegExp]>([
    ['a bad name', { daemonName: 'a b' }, 'InvalidParameterException', /^daemonName must match/],
    ['no provider', { capacityProviderArns: [] }, 'InvalidParameterException', /cannot be empty/],
    [
      'FARGATE',
      { capacityProviderArns: [providerArn('FARGATE')] },
      'InvalidParameterException',
      /only supported for Managed Instances/,
    ],
    [
      'another account',
      { capacityProviderArns: ['arn:aws:ecs:us-east-1:111111111111:capacity-provider/own'] },
      'InvalidParameterException',
      /only supported for Managed Instances/,
    ],
    [
      'an unknown definition',
      { daemonTaskDefinitionArn: definitionArn(9) },
      'ClientException',
      /Unable to describe daemon task definition/,
    ],
    ['an unknown cluster', { clusterArn: 'nope' }, 'ClusterNotFoundException', /Cluster not found/],
    [
      'exec without a task role',
      { enableExecuteCommand: true },
      'InvalidParameterException',
      /a valid task role is not being used/,
    ],
    [
      'a drain percent of 0',
      { deploymentConfiguration: { drainPercent: 0.5 } },
      'InvalidParameterException',
      /^drainPercent must be between 1\.0 and 100\.0/,
    ],
    [
      'a drain percent above 100',
      { deploymentConfiguration: { drainPercent: 100.5 } },
      'InvalidParameterException',
      /^drainPercent/,
    ],
    [
      'a bake time above a day',
      { deploymentConfiguration: { bakeTimeInMinutes: 1441 } },
      'InvalidParameterException',
      /^bakeTimeInMinutes must be between 0 and 1440/,
    ],
  ])('[MDM-10][MDM-11] refuses %s', async (_, change, code, message) => {
    const { context } = await aDaemonLab();
    const call = async () => createDaemon(context, { ...A_DAEMON, ...change });
    await expect(call()).rejects.toMatchObject({ code, message });
  });

  test('[MDM-11] tasks of a definition with a role can take commands, until it is said otherwise', async () => {
    const { context, create, run, live } = await aDaemonLab();
    await aDaemonHost(context);
    const taskRoleArn = 'arn:aws:iam::123456789012:role/app';
    await context.store.write((tx) => {
      for (const row of tx.all(daemonTaskDefinitions))
        tx.put(daemonTaskDefinitions, { ...row, document: { ...row.document, taskRoleArn } });
      tx.put(roles, {
        roleName: 'app',
        roleId: 'AROA1',
        arn: taskRoleArn,
        path: '/',
        createdAt: context.clock.now(),
        maxSessionDurationSeconds: 3600,
        assumeRolePolicyDocument: JSON.stringify({
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'ecs-tasks.amazonaws.com' },
              Action: 'sts:AssumeRole',
            },
          ],
        }),
        inlinePolicies: {},
        attachedPolicyArns: [],
        tags: [],
      });
    });
    await create({ enableExecuteCommand: true });
    await run(5000);
    expect(live()).toMatchObject([{ enableExecuteCommand: true, taskRoleArn }]);
    expect(live()[0]?.containers[0]?.managedAgent?.name).toBe('ExecuteCommandAgent');
    const wanted = () =>
      context.store.read((tx) => {
        const daemon = tx.get(daemons, DAEMON);
        return tx.get(daemonRevisions, daemon?.targetRevisionArn ?? '')?.enableExecuteCommand;
      });
    await updateDaemon(context, UPDATE);
    expect(wanted()).toBe(true);
    await updateDaemon(context, { ...UPDATE, enableExecuteCommand: false });
    expect(wanted()).toBe(false);
  });

  test('[MDM-10] a name is taken once; the same token again is the same call', async () => {
    const { context, create } = await aDaemonLab();
    const made = await create({ clientToken: 'token' });
    expect(await create({ clientToken: 'token' })).toEqual(made);
    for (const request of [{}, { clientToken: 'token', critical: false }])
      await expect(create(request)).rejects.toThrow('Creation of daemon was not idempotent.');
    await deleteDaemonTaskDefinition(context, { daemonTaskDefinition: 'agent:2' });
    await expect(create({ daemonName: 'b', daemonTaskDefinitionArn: definitionArn(2) })).rejects.toThrow(
      'Daemon task definition is not ACTIVE.',
    );
  });
});

describe('updateDaemon and deleteDaemon', () => {
  test('[MDM-12] a new deployment takes the place of one that is under way; what is not given stays', async () => {
    const { context, run, create } = await aDaemonLab();
    await aDaemonHost(context);
    const first = await create({
      critical: false,
      propagateTags: 'DAEMON',
      deploymentConfiguration: { drainPercent: 40 },
    });
    context.clock.advance(1000);
    const second = await updateDaemon(context, UPDATE);
    expect(second).toMatchObject({ daemonArn: DAEMON, status: 'ACTIVE', updatedAt: context.clock.now() });
    await run();
    const { daemonDeployments = [] } = await listDaemonDeployments(context, { daemonArn: DAEMON });
    expect(daemonDeployments.map(({ daemonDeploymentArn, status }) => [daemonDeploymentArn, status])).toEqual(
      [
        [second.deploymentArn, 'IN_PROGRESS'],
        [first.deploymentArn, 'STOPPED'],
      ],
    );
    const { daemonRevisions = [] } = await describeDaemonRevisions(context, {
      daemonRevisionArns: [daemonDeployments[0]?.targetDaemonRevisionArn ?? ''],
    });
    expect(daemonRevisions).toMatchObject([
      { daemonTaskDefinitionArn: definitionArn(2), critical: false, propagateTags: 'NONE' },
    ]);
    const { daemonDeployments: described } = await describeDaemonDeployments(context, {
      daemonDeploymentArns: [second.deploymentArn ?? ''],
    });
    expect(described).toMatchObject([{ deploymentConfiguration: { ...DEFAULTS, drainPercent: 40 } }]);
  });

  test('[MDM-13][MDM-29] one that is leaving cannot be changed; one that is gone is not found', async () => {
    const { context, run, create } = await aDaemonLab();
    await aDaemonHost(context);
    await create();
    await agentsReport(context);
    await run();
    expect(await deleteDaemon(context, { daemonArn: DAEMON })).toMatchObject({
      status: 'DELETE_IN_PROGRESS',
    });
    for (const call of [
      () => updateDaemon(context, UPDATE),
      () => deleteDaemon(context, { daemonArn: DAEMON }),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'DaemonNotActiveException' });
    const { daemon } = await describeDaemon(context, { daemonArn: DAEMON });
    expect(daemon?.status).toBe('DELETE_IN_PROGRESS');
    await run();
    await agentsReport(context);
    await run();
    expect((await listDaemons(context, {})).daemonSummariesList).toEqual([]);
    expect(() => describeDaemon(context, { daemonArn: DAEMON })).toThrow('Daemon not found.');
    expect(() => describeDaemon(context, { daemonArn: 'agent' })).toThrow('Invalid arn: agent');
  });

  test('[CAP-5] a provider that a daemon uses cannot be deleted', async () => {
    const { context, create } = await aDaemonLab();
    await create();
    const deletion = deleteCapacityProvider(context, { capacityProvider: 'own' });
    await expect(deletion).rejects.toMatchObject({ code: 'ResourceInUseException' });
  });
});

describe('lists', () => {
  test('[MDM-15] daemons by cluster and provider, in pages; deployments by status and time', async () => {
    const { context, create } = await aDaemonLab();
    await aProvider(context, 'other');
    for (const daemonName of ['c', 'a', 'b'])
      await create({ daemonName, capacityProviderArns: [providerArn(daemonName === 'b' ? 'other' : 'own')] });
    const names = async (input: Parameters<typeof listDaemons>[1]) => {
      const { daemonSummariesList = [], nextToken } = await listDaemons(context, input);
      return { names: daemonSummariesList.map(({ daemonArn = '' }) => daemonArn.at(-1)), nextToken };
    };
    expect((await names({})).names).toEqual(['a', 'b', 'c']);
    expect((await names({ capacityProviderArns: [providerArn('own')] })).names).toEqual(['a', 'c']);
    const { names: first, nextToken } = await names({ maxResults: 2 });
    expect([first, (await names({ maxResults: 2, nextToken })).names]).toEqual([['a', 'b'], ['c']]);
    const daemonArn = DAEMON.replace(/agent$/, 'a');
    const count = async (input: object) =>
      (await listDaemonDeployments(context, { daemonArn, ...input })).daemonDeployments?.length;
    const at = context.clock.now();
    expect(await count({ status: ['SUCCESSFUL'] })).toBe(1);
    expect(await count({ status: ['STOPPED'] })).toBe(0);
    expect(await count({ createdAt: { before: at } })).toBe(0);
    expect(await count({ createdAt: { after: at - 1 } })).toBe(1);
  });

  test('[MDM-16][TSK-44] tasks of a daemon, and tags of all three', async () => {
    const { context, create } = await aDaemonLab();
    await aDaemonHost(context);
    await create({ tags: [{ key: 'team', value: 'blue' }] });
    await create({ daemonName: 'b' });
    const { taskArns } = await listTasks(context, { daemonName: 'agent' });
    expect(taskArns).toHaveLength(1);
    expect((await listTasks(context, { family: 'agent' })).taskArns).toHaveLength(2);
    expect(() => listTasks(context, { daemonName: 'nope' })).toThrow('Daemon not found.');
    expect(() => listTasks(context, { daemonName: 'agent', startedBy: 'me' })).toThrow('only filter');
    for (const resourceArn of [DAEMON, definitionArn(1), providerArn('own')]) {
      await tagResource(context, { resourceArn, tags: [{ key: 'cost', value: '1' }] });
      const { tags } = await listTagsForResource(context, { resourceArn });
      expect(tags).toContainEqual({ key: 'cost', value: '1' });
    }
    const { tags } = await listTagsForResource(context, { resourceArn: DAEMON });
    expect(tags).toHaveLength(2);
  });
});
