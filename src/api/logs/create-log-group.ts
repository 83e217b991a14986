import type { LogGroup, LogGroupClass } from '../../domain/logs.ts';
import { logGroups } from '../../records/logs.ts';
import { logsErrors } from './errors.ts';
import type { LogsOperation } from './operation-record.ts';
import { checkedTags } from './tags.ts';

/** Makes an empty group whose events never expire. Not idempotent: the same name again is an error. */
export const createLogGroup: LogsOperation<'CreateLogGroup'> = (context, input) => {
  if (input.kmsKeyId !== undefined && input.kmsKeyId !== '') throw logsErrors.unsupportedMember('kmsKeyId');
  const group: LogGroup = {
    logGroupName: input.logGroupName,
    groupId: context.ids.hex(32),
    createdAt: context.clock.now(),
    logGroupClass: classOf(input.logGroupClass),
    deletionProtectionEnabled: input.deletionProtectionEnabled ?? false,
    tags: checkedTags({}, input.tags ?? {}),
  };
  return context.store.write((tx) => {
    if (tx.get(logGroups, group.logGroupName) !== undefined) throw logsErrors.groupExists();
    tx.put(logGroups, group);
    return {};
  });
};

function classOf(asked: string | undefined): LogGroupClass {
  if (asked === undefined || asked === 'STANDARD') return 'STANDARD';
  if (asked === 'INFREQUENT_ACCESS') return asked;
  throw logsErrors.unsupportedMember(`logGroupClass ${asked}`);
}
