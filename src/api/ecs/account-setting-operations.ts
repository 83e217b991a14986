import { deleteAccountSetting } from './delete-account-setting.ts';
import { listAccountSettings } from './list-account-settings.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { putAccountSetting } from './put-account-setting.ts';
import { putAccountSettingDefault } from './put-account-setting-default.ts';

/** The operations of account settings. */
export const accountSettingOperations: EcsOperationRecord = {
  DeleteAccountSetting: deleteAccountSetting,
  ListAccountSettings: listAccountSettings,
  PutAccountSetting: putAccountSetting,
  PutAccountSettingDefault: putAccountSettingDefault,
};
