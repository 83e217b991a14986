import { describe, expect, test } from 'vitest';
import type { Caller } from '../../domain/caller.ts';
import { aContext } from '../testing.ts';
import { createCluster } from './create-cluster.ts';
import { deleteAccountSetting } from './delete-account-setting.ts';
import { listAccountSettings } from './list-account-settings.ts';
import { putAccountSetting } from './put-account-setting.ts';
import { putAccountSettingDefault } from './put-account-setting-default.ts';

const IAM = 'arn:aws:iam::123456789012:';
const ROOT = `${IAM}root`;
const ANN: Caller = {
  kind: 'user',
  accountId: '123456789012',
  arn: `${IAM}user/ann`,
  userId: 'AIDA',
  accessKeyId: 'AKIA',
};
const SESSION: Caller = {
  ...ANN,
  kind: 'assumed-role',
  arn: 'arn:aws:sts::123456789012:assumed-role/ops/me',
  roleArn: `${IAM}role/ops`,
};

describe('account settings', () => {
  test('[ACC-3] [ACC-5] a principal’s own setting wins over the account’s, and that over the default', async () => {
    const root = await aContext();
    const ann = { ...root, caller: ANN };
    const held = async () =>
      (await listAccountSettings(ann, { name: 'containerInsights', effectiveSettings: true })).settings?.[0];
    expect(await held()).toEqual({
      name: 'containerInsights',
      value: 'disabled',
      principalArn: ROOT,
      type: 'user',
    });
    await putAccountSettingDefault(ann, { name: 'containerInsights', value: 'enabled' });
    expect(await held()).toMatchObject({ value: 'enabled', principalArn: ROOT });
    await putAccountSetting(ann, { name: 'containerInsights', value: 'enhanced' });
    expect(await held()).toMatchObject({ value: 'enhanced', principalArn: ANN.arn });
    expect(await deleteAccountSetting(ann, { name: 'containerInsights' })).toMatchObject({
      setting: { value: 'enhanced', principalArn: ANN.arn },
    });
    expect(await held()).toMatchObject({ value: 'enabled', principalArn: ROOT });
  });

  test('[ACC-4] a session’s settings are its role’s; others can be named', async () => {
    const context = await aContext();
    await putAccountSetting({ ...context, caller: SESSION }, { name: 'awsvpcTrunking', value: 'enabled' });
    const principalArn = `${IAM}role/ops`;
    expect((await listAccountSettings(context, { principalArn })).settings).toEqual([
      { name: 'awsvpcTrunking', value: 'enabled', principalArn, type: 'user' },
    ]);
    expect((await listAccountSettings(context, {})).settings).toEqual([]);
    for (const other of ['ann', `${IAM}group/x`, 'arn:aws:iam::999999999999:user/x']) {
      await expect(
        putAccountSetting(context, { name: 'awsvpcTrunking', value: 'on', principalArn: other }),
      ).rejects.toMatchObject({
        code: 'InvalidParameterException',
        message: `Invalid principalArn: ${other}`,
      });
    }
  });

  test('[ACC-6] all effective settings come in pages of ten, by name', async () => {
    const context = await aContext();
    const first = await listAccountSettings(context, { effectiveSettings: true });
    expect(first.settings).toHaveLength(10);
    const second = await listAccountSettings(context, {
      effectiveSettings: true,
      nextToken: first.nextToken,
    });
    expect(second.nextToken).toBeUndefined();
    const names = [...(first.settings ?? []), ...(second.settings ?? [])].map(({ name }) => name);
    expect(names).toHaveLength(11);
    expect(names).toEqual(names.toSorted());
    expect(() => listAccountSettings(context, { maxResults: 11 })).toThrow('between 1 and 10');
    expect(() => listAccountSettings(context, { value: 'on' })).toThrow('by the name of its setting');
  });

  test('[ACC-6] a value is looked for by name', async () => {
    const context = await aContext();
    await putAccountSetting(context, { name: 'containerInsights', value: 'enabled' });
    const found = (value: string) => listAccountSettings(context, { name: 'containerInsights', value });
    expect((await found('enabled')).settings).toHaveLength(1);
    expect((await found('disabled')).settings).toEqual([]);
  });

  test('[ACC-2] what a setting does not take is refused', async () => {
    const context = await aContext();
    await expect(
      putAccountSettingDefault(context, { name: 'serviceLongArnFormat', value: 'disabled' }),
    ).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'You can no longer disable Long Arn settings',
    });
    await expect(
      putAccountSetting({ ...context, caller: ANN }, { name: 'fargateTaskRetirementWaitPeriod', value: '0' }),
    ).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });

  test('[ACC-7] [CLU-4] Container Insights of a new cluster are the caller’s', async () => {
    const context = await aContext();
    await putAccountSetting(context, { name: 'containerInsights', value: 'on', principalArn: ANN.arn });
    const settingsOf = async (caller: Caller, clusterName: string) =>
      (await createCluster({ ...context, caller }, { clusterName })).cluster?.settings;
    expect(await settingsOf(ANN, 'a')).toEqual([{ name: 'containerInsights', value: 'enabled' }]);
    expect(await settingsOf(context.caller, 'b')).toEqual([{ name: 'containerInsights', value: 'disabled' }]);
  });
});
