import {
  CreateClusterCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  ECSClient,
  InvalidParameterException,
  ListTaskDefinitionsCommand,
  PutAccountSettingDefaultCommand,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  UpdateClusterSettingsCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gantry, startGantry } from '../../src/main/testing-entry.ts';

describe('account settings, clusters and task definitions through the SDK', () => {
  let gantry: Gantry;
  let ecs: ECSClient;

  beforeAll(async () => {
    gantry = await startGantry({ accountId: '123456789012' });
    ecs = new ECSClient({
      endpoint: gantry.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
  });
  afterAll(() => gantry.stop());

  test('[ACC-7] the account’s default reaches a new cluster, and an update changes it', async () => {
    await ecs.send(new PutAccountSettingDefaultCommand({ name: 'containerInsights', value: 'enhanced' }));
    const made = await ecs.send(new CreateClusterCommand({ clusterName: 'a' }));
    expect(made.cluster?.settings).toEqual([{ name: 'containerInsights', value: 'enhanced' }]);
    const settings = [{ name: 'containerInsights', value: 'disabled' }] as const;
    const updated = await ecs.send(
      new UpdateClusterSettingsCommand({ cluster: 'a', settings: [...settings] }),
    );
    expect(updated.cluster?.settings).toEqual(settings);
  });

  test('[ACC-2] what Terraform does when it destroys a long ARN setting meets the text it looks for', async () => {
    const input = { name: 'taskLongArnFormat', value: 'disabled' } as const;
    const refused = ecs.send(new PutAccountSettingDefaultCommand(input));
    await expect(refused).rejects.toThrow(InvalidParameterException);
    await expect(refused).rejects.toThrow('You can no longer disable Long Arn settings');
  });

  test('[TDF-44] a revision is registered, deregistered and deleted', async () => {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'web',
        containerDefinitions: [{ name: 'app', image: 'busybox', memory: 64, dockerLabels: { team: 'web' } }],
      }),
    );
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'web:1' }));
    const { taskDefinitions, failures } = await ecs.send(
      new DeleteTaskDefinitionsCommand({ taskDefinitions: ['web:1', 'web:2'] }),
    );
    expect(failures).toHaveLength(1);
    expect(taskDefinitions?.[0]?.deleteRequestedAt).toBeInstanceOf(Date);
    const listed = await ecs.send(new ListTaskDefinitionsCommand({ status: 'DELETE_IN_PROGRESS' }));
    expect(listed.taskDefinitionArns).toEqual(['arn:aws:ecs:us-east-1:123456789012:task-definition/web:1']);
  });

  test('[TAG-2] a short ARN cannot be tagged', async () => {
    const resourceArn = 'arn:aws:ecs:us-east-1:123456789012:service/web';
    await expect(
      ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'k', value: 'v' }] })),
    ).rejects.toThrow('Long arn format must be used for tagging operations');
  });
});
