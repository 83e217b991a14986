import { SETTING_RULES } from '../core/account-settings/setting-rules.ts';
import type { Caller } from '../domain/caller.ts';
import type { SettingName } from '../shapes/generated/ecs.ts';
import type { Collection, ReadTx } from '../store/store.ts';

/** A setting that somebody made for a principal; root's is the account's default. */
export interface AccountSetting {
  readonly name: SettingName;
  readonly value: string;
  readonly principalArn: string;
}

export const accountSettings: Collection<AccountSetting> = {
  name: 'account-settings',
  key: (row) => accountSettingKey(row),
  indexes: {},
};

/** The key of a principal's setting. */
export const accountSettingKey = ({ principalArn, name }: Omit<AccountSetting, 'value'>): string =>
  `${principalArn} ${name}`;

/** The root user, whose settings are the defaults of everybody else. */
export const rootPrincipalArn = (accountId: string): string => `arn:aws:iam::${accountId}:root`;

/** Whose settings hold for a caller: a session's are its role's. */
export const settingPrincipalOf = ({ arn, roleArn }: Caller): string => roleArn ?? arn;

/** What holds for a principal: its own setting, else the account's, else AWS's default, which counts as root's. (ACC-3) */
export function effectiveSetting(
  tx: ReadTx,
  { accountId, principalArn, name }: { accountId: string; principalArn: string; name: SettingName },
): AccountSetting {
  const root = rootPrincipalArn(accountId);
  return (
    tx.get(accountSettings, accountSettingKey({ principalArn, name })) ??
    tx.get(accountSettings, accountSettingKey({ principalArn: root, name })) ?? {
      name,
      value: SETTING_RULES[name].fallback,
      principalArn: root,
    }
  );
}
