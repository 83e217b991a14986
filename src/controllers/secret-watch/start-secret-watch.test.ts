import { describe, expect, test } from 'vitest';
import { createService } from '../../api/ecs/create-service.ts';
import { describeServices } from '../../api/ecs/describe-services.ts';
import { registerTaskDefinition } from '../../api/ecs/register-task-definition.ts';
import { updateService } from '../../api/ecs/update-service.ts';
import { secretsManagerOperations } from '../../api/secretsmanager/operations.ts';
import { ssmOperations } from '../../api/ssm/operations.ts';
import { aCluster, aContext, memoryVault, type TestContext } from '../../api/testing.ts';
import { secretWatches } from '../../records/secret-watches.ts';
import { QUIET_MS, startSecretWatch } from './start-secret-watch.ts';

const KEY = 'gantry.redeploy-on-secret-change';
const ON = { tags: [{ key: KEY, value: 'true' }] };

/** A service `web` that reads the secret `db` and the parameter `/key`, and what changes them. */
async function aWatch(more: object = ON, dockerLabels: Readonly<Record<string, string>> = {}) {
  const context = await aContext();
  await aCluster(context);
  const { CreateSecret, PutSecretValue, DeleteSecret } = secretsManagerOperations(memoryVault());
  const { PutParameter } = ssmOperations(memoryVault());
  const { ARN = '' } = await CreateSecret(context, { Name: 'db', SecretString: '{"a":"1"}' });
  const putKey = async (Value: string) => {
    await PutParameter?.(context, { Name: '/key', Value, Type: 'String', Overwrite: true });
  };
  await putKey('1');
  const secrets = [
    { name: 'A', valueFrom: `${ARN}:a::` },
    { name: 'K', valueFrom: '/key' },
  ];
  await registerTaskDefinition(context, {
    family: 'web',
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    containerDefinitions: [{ name: 'app', image: 'app', memory: 128, secrets, dockerLabels }],
  });
  await createService(context, { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, ...more });
  const watch = startSecretWatch(context);
  const settle = async () => {
    await watch.idle();
    context.clock.advance(QUIET_MS);
    await watch.idle();
  };
  await settle();
  return {
    context,
    watch,
    settle,
    putKey,
    putSecret: (SecretString: string) => PutSecretValue(context, { SecretId: 'db', SecretString }),
    deleteSecret: () => DeleteSecret(context, { SecretId: 'db' }),
  };
}

async function look(context: TestContext) {
  const { services = [] } = await describeServices(context, { services: ['web'] });
  return {
    deploymentCount: services[0]?.deployments?.length,
    events: services[0]?.events?.map(({ message }) => message),
  };
}

const said = (...names: string[]) =>
  `(service web) has started a new deployment because a secret has changed: ${names.join(', ')}.`;

describe('startSecretWatch', () => {
  test('[TSC-9] a new version of a secret or a parameter makes one deployment, and changes together one for all', async () => {
    const { context, settle, putSecret, putKey } = await aWatch();
    expect(await look(context)).toEqual({ deploymentCount: 1, events: [] });
    await putSecret('{"a":"2"}');
    await putKey('2');
    await putKey('3');
    await settle();
    expect(await look(context)).toEqual({ deploymentCount: 2, events: [said('/key', 'db')] });
    await settle();
    expect((await look(context)).deploymentCount).toBe(2);
    await putKey('4');
    await settle();
    expect((await look(context)).events).toEqual([said('/key'), said('/key', 'db')]);
  });

  test('[TSC-9] a label asks for it too, and without one nothing happens', async () => {
    const labelled = await aWatch({}, { [KEY]: 'true' });
    await labelled.putKey('2');
    await labelled.settle();
    expect((await look(labelled.context)).deploymentCount).toBe(2);
    const plain = await aWatch({});
    await plain.putKey('2');
    await plain.settle();
    expect(await look(plain.context)).toEqual({ deploymentCount: 1, events: [] });
    expect(plain.context.store.read((tx) => tx.all(secretWatches))).toEqual([]);
  });

  test('[TSC-9] a deployment by hand has read what is there, and a deleted secret is no reason', async () => {
    const { context, settle, watch, putKey, deleteSecret } = await aWatch();
    watch.stop();
    await putKey('2');
    await updateService(context, { service: 'web', forceNewDeployment: true });
    const again = startSecretWatch(context);
    await again.idle();
    await deleteSecret();
    await settle();
    await again.idle();
    expect(await look(context)).toEqual({ deploymentCount: 2, events: [] });
  });

  test('[TSC-9] what changed while nobody looked is seen at the next start', async () => {
    const { context, watch, putSecret } = await aWatch();
    watch.stop();
    await putSecret('{"a":"9"}');
    const again = startSecretWatch(context);
    await again.idle();
    expect((await look(context)).events).toEqual([said('db')]);
  });
});
