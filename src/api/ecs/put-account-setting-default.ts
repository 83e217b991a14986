import { rootPrincipalArn } from '../../records/account-settings.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { putSetting } from './account-setting-rules.ts';

type Shapes = EcsOperations['PutAccountSettingDefault'];

/** Sets it for all users and roles that have no setting of their own. (ACC-3) */
export const putAccountSettingDefault: Operation<Shapes['input'], Shapes['output']> = async (
  context,
  { name, value },
) => {
  const principalArn = rootPrincipalArn(context.installation.accountId);
  return { setting: await putSetting(context, { name, value, principalArn }) };
};
