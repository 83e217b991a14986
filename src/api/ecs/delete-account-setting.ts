import { accountSettingKey, accountSettings, effectiveSetting } from '../../records/account-settings.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { principalOf, settingShape } from './account-setting-rules.ts';

type Shapes = EcsOperations['DeleteAccountSetting'];

/** Forgets a principal's own setting, so that the account's holds again. Answers what was forgotten. (ACC-5) */
export const deleteAccountSetting: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { name } = input;
  const principalArn = principalOf(context, input.principalArn);
  const { accountId } = context.installation;
  return context.store.write((tx) => {
    const { value } = effectiveSetting(tx, { accountId, principalArn, name });
    tx.delete(accountSettings, accountSettingKey({ principalArn, name }));
    return { setting: settingShape({ name, value, principalArn }) };
  });
};
