import { describe, expect, test } from 'vitest';
import {
  A_DAEMON,
  aDaemonLab,
  definitionArn,
  providerArn,
} from '../../controllers/daemon-scheduler/testing.ts';
import { ServiceError } from '../../lib/service-error.ts';
import { createAuthorizer } from '../authorize.ts';
import { ANN, storeAnn, type TestContext } from '../testing.ts';
import { registerDaemonTaskDefinition } from './register-daemon-task-definition.ts';

const ROOT = 'arn:aws:ecs:us-east-1:123456789012';
const DAEMON = `${ROOT}:daemon/default/agent`;
const ROLE = 'arn:aws:iam::123456789012:role/app';
const CREATE = {
  ...A_DAEMON,
  enableExecuteCommand: true,
  enableECSManagedTags: false,
  propagateTags: 'DAEMON',
};
const UPDATE = {
  daemonArn: DAEMON,
  daemonTaskDefinitionArn: definitionArn(1),
  capacityProviderArns: [providerArn('own')],
  enableExecuteCommand: true,
  enableECSManagedTags: false,
  propagateTags: 'DAEMON',
};

/** Whether ann may, when this is all that she is allowed; else the sentence that she gets. */
async function asks(
  context: TestContext,
  statements: readonly object[],
  { action, input }: { readonly action: string; readonly input: unknown },
): Promise<string | undefined> {
  await storeAnn(context, statements);
  try {
    createAuthorizer(context).authorize({ caller: ANN }, action, input);
    return undefined;
  } catch (error) {
    if (error instanceof ServiceError) return error.message;
    throw error;
  }
}

const allow = (Action: string, Condition?: object, Resource = '*') => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
});

describe.each([
  ['ecs:CreateDaemon', CREATE],
  ['ecs:UpdateDaemon', UPDATE],
])('%s', (action, input) => {
  test.each([
    ['ecs:capacity-provider', providerArn('own'), providerArn('other')],
    ['ecs:cluster', `${ROOT}:cluster/default`, `${ROOT}:cluster/other`],
    ['ecs:daemon-task-definition', definitionArn(1), definitionArn(2)],
    ['ecs:enable-ecs-managed-tags', 'false', 'true'],
    ['ecs:enable-execute-command', 'true', 'false'],
    ['ecs:propagate-tags', 'DAEMON', 'NONE'],
  ])('[AUTH-12] %s', async (key, right, wrong) => {
    const { context } = await aDaemonLab();
    const given = (value: string) => [
      allow(action, { 'ForAnyValue:StringEquals': { [key]: value } }, DAEMON),
    ];
    expect(await asks(context, given(right), { action, input })).toBeUndefined();
    expect(await asks(context, given(wrong), { action, input })).toContain(`perform: ${action} on resource`);
  });

  test('[AUTH-12][AUTH-14] the size and the roles are those of the definition', async () => {
    const { context } = await aDaemonLab();
    await registerDaemonTaskDefinition(context, {
      family: 'big',
      cpu: '256',
      memory: '512',
      taskRoleArn: ROLE,
      containerDefinitions: [{ name: 'agent', image: 'agent' }],
    });
    const big = { ...input, daemonTaskDefinitionArn: `${ROOT}:daemon-task-definition/big:1` };
    const upTo = (cpu: string) => allow(action, { NumericLessThanEquals: { 'ecs:task-cpu': cpu } });
    const pass = allow('iam:PassRole', {
      StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
    });
    expect(await asks(context, [upTo('256'), pass], { action, input: big })).toBeUndefined();
    expect(await asks(context, [upTo('255'), pass], { action, input: big })).toContain(action);
    expect(await asks(context, [upTo('256')], { action, input: big })).toContain(
      `iam:PassRole on resource: ${ROLE}`,
    );
  });
});

test('[AUTH-12] a daemon task definition by its family, with its size and privileges', async () => {
  const { context } = await aDaemonLab();
  const action = 'ecs:RegisterDaemonTaskDefinition';
  const input = {
    family: 'agent',
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'agent', image: 'agent', privileged: true }],
  };
  const resource = `${ROOT}:daemon-task-definition/agent:*`;
  const of = (keys: object) => [allow(action, { StringEquals: keys }, resource)];
  const all = { 'ecs:privileged': 'true', 'ecs:task-cpu': '256', 'ecs:task-memory': '512' };
  expect(await asks(context, of(all), { action, input })).toBeUndefined();
  expect(await asks(context, of({ ...all, 'ecs:privileged': 'false' }), { action, input })).toContain(
    resource,
  );
  const other = { ...input, family: 'other' };
  expect(await asks(context, of(all), { action, input: other })).toContain('/other:*');
});

test('[AUTH-12] deployments and revisions know their daemon and cluster', async () => {
  const { context } = await aDaemonLab();
  for (const [action, type, member] of [
    ['ecs:DescribeDaemonDeployments', 'daemon-deployment', 'daemonDeploymentArns'],
    ['ecs:DescribeDaemonRevisions', 'daemon-revision', 'daemonRevisionArns'],
  ] as const) {
    const input = { [member]: [`${ROOT}:${type}/default/agent/1`] };
    const of = (daemon: string) => [
      allow(action, { ArnEquals: { 'ecs:daemon': daemon, 'ecs:cluster': `${ROOT}:cluster/default` } }),
    ];
    expect(await asks(context, of(DAEMON), { action, input })).toBeUndefined();
    expect(await asks(context, of(`${DAEMON}s`), { action, input })).toContain(action);
  }
});
