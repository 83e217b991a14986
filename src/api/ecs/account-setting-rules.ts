import { brokenSetting, SETTING_RULES } from '../../core/account-settings/setting-rules.ts';
import {
  type AccountSetting,
  accountSettings,
  rootPrincipalArn,
  settingPrincipalOf,
} from '../../records/account-settings.ts';
import type { Setting } from '../../shapes/generated/ecs.ts';
import type { Context } from '../operation.ts';
import { ecsErrors } from './errors.ts';

/** Who a request is about: the named user, role or root of this account, else the caller. (ACC-4) */
export function principalOf({ caller, installation }: Context, principalArn: string | undefined): string {
  if (principalArn === undefined || principalArn === '') return settingPrincipalOf(caller);
  const prefix = `arn:aws:iam::${installation.accountId}:`;
  const isOurs =
    principalArn.startsWith(prefix) && /^(root$|user\/.|role\/.)/.test(principalArn.slice(prefix.length));
  if (!isOurs) throw ecsErrors.invalid(`Invalid principalArn: ${principalArn}`);
  return principalArn;
}

/** Keeps a setting, if the principal may have it. (ACC-2) */
export async function putSetting(
  { store, installation }: Context,
  setting: AccountSetting,
): Promise<Setting> {
  const isForRoot = setting.principalArn === rootPrincipalArn(installation.accountId);
  const text = brokenSetting(setting.name, setting.value, isForRoot);
  if (text !== undefined) throw ecsErrors.invalid(text);
  await store.write((tx) => tx.put(accountSettings, setting));
  return settingShape(setting);
}

/** A setting as the API answers it. */
export const settingShape = ({ name, value, principalArn }: AccountSetting): Setting => ({
  name,
  value,
  principalArn,
  type: SETTING_RULES[name].type,
});
