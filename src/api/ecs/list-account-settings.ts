import { SETTING_NAMES } from '../../core/account-settings/setting-rules.ts';
import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import {
  type AccountSetting,
  accountSettingKey,
  accountSettings,
  effectiveSetting,
} from '../../records/account-settings.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { principalOf, settingShape } from './account-setting-rules.ts';
import { ecsErrors } from './errors.ts';
import { pageSize } from './page-size.ts';

type Shapes = EcsOperations['ListAccountSettings'];

const PAGE_MAX_COUNT = SERVICE_QUOTAS.accountSettingsPage;

/** Lists a principal's own settings, or with `effectiveSettings` what holds for it; 10 to a page. (ACC-6) */
export const listAccountSettings: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { name, value } = input;
  const size = pageSize(input.maxResults, PAGE_MAX_COUNT, PAGE_MAX_COUNT);
  const after = readPageToken(input.nextToken) ?? '';
  if (value && name === undefined)
    throw ecsErrors.invalid('A value is looked for by the name of its setting.');
  const principalArn = principalOf(context, input.principalArn);
  const { accountId } = context.installation;
  const names = (name === undefined ? SETTING_NAMES : [name]).filter((candidate) => candidate > after);
  return context.store.read((tx) => {
    const rows = names
      .map((candidate): AccountSetting | undefined =>
        input.effectiveSettings === true
          ? effectiveSetting(tx, { accountId, principalArn, name: candidate })
          : tx.get(accountSettings, accountSettingKey({ principalArn, name: candidate })),
      )
      .filter((row) => row !== undefined && (!value || row.value === value))
      .filter((row) => row !== undefined);
    const page = pageOf(rows.slice(0, size + 1), size, (row) => row.name);
    return { settings: page.rows.map(settingShape), nextToken: page.nextToken };
  });
};
