import type { IamOperationRecord } from './operation-record.ts';
import {
  attachPolicy,
  deleteInline,
  detachPolicy,
  getInline,
  listAttached,
  listInline,
  putInline,
} from './principal-policies.ts';
import { GROUP } from './principals.ts';

/** Managed and inline policies of groups. (IAM-6, IAM-15) */
export const groupPolicyOperations: IamOperationRecord = {
  AttachGroupPolicy: async ({ store }, { GroupName, PolicyArn }) => {
    await store.write((tx) => attachPolicy(tx, GROUP, { name: GroupName, policy: PolicyArn }));
    return {};
  },
  DetachGroupPolicy: async ({ store }, { GroupName, PolicyArn }) => {
    await store.write((tx) => detachPolicy(tx, GROUP, { name: GroupName, policy: PolicyArn }));
    return {};
  },
  ListAttachedGroupPolicies: ({ store }, input) =>
    store.read((tx) => listAttached(tx, GROUP, { ...input, name: input.GroupName })),
  PutGroupPolicy: async ({ store }, { GroupName, PolicyName, PolicyDocument }) => {
    const policy = { name: GroupName, policy: PolicyName, document: PolicyDocument };
    await store.write((tx) => putInline(tx, GROUP, policy));
    return {};
  },
  GetGroupPolicy: ({ store }, { GroupName, PolicyName }) => ({
    GroupName,
    PolicyName,
    PolicyDocument: store.read((tx) => getInline(tx, GROUP, { name: GroupName, policy: PolicyName })),
  }),
  ListGroupPolicies: ({ store }, input) =>
    store.read((tx) => listInline(tx, GROUP, { ...input, name: input.GroupName })),
  DeleteGroupPolicy: async ({ store }, { GroupName, PolicyName }) => {
    await store.write((tx) => deleteInline(tx, GROUP, { name: GroupName, policy: PolicyName }));
    return {};
  },
};
