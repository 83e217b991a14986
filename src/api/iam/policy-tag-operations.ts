import { managedPolicies } from '../../records/collections.ts';
import { tagShapes, withoutTags, withTags } from './names.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage } from './paging.ts';
import { requireOwnPolicy, requirePolicy } from './policies.ts';

/** Tags of the account's managed policies; those of AWS have none. (IAM-11) */
export const policyTagOperations: IamOperationRecord = {
  TagPolicy: async ({ store, caller }, { PolicyArn, Tags }) => {
    await store.write((tx) => {
      const change = { callerArn: caller.arn, action: 'iam:TagPolicy' };
      const policy = requireOwnPolicy(tx, PolicyArn, change);
      tx.put(managedPolicies, { ...policy, tags: withTags(policy.tags, Tags) });
    });
    return {};
  },
  UntagPolicy: async ({ store, caller }, { PolicyArn, TagKeys }) => {
    await store.write((tx) => {
      const change = { callerArn: caller.arn, action: 'iam:UntagPolicy' };
      const policy = requireOwnPolicy(tx, PolicyArn, change);
      tx.put(managedPolicies, { ...policy, tags: withoutTags(policy.tags, TagKeys) });
    });
    return {};
  },
  ListPolicyTags: ({ store }, input) => {
    const policy = store.read((tx) => requirePolicy(tx, input.PolicyArn));
    const tags = policy.kind === 'local' ? tagShapes(policy.row.tags) : [];
    const sorted = tags.toSorted((one, other) => (one.Key < other.Key ? -1 : 1));
    const { rows, ...page } = markedPage(sorted, input, ({ Key }) => Key);
    return { Tags: rows, ...page };
  },
};
