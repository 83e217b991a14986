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
import { USER } from './principals.ts';

/** Managed and inline policies of users. (IAM-5, IAM-6) */
export const userPolicyOperations: IamOperationRecord = {
  AttachUserPolicy: async ({ store }, { UserName, PolicyArn }) => {
    await store.write((tx) => attachPolicy(tx, USER, { name: UserName, policy: PolicyArn }));
    return {};
  },
  DetachUserPolicy: async ({ store }, { UserName, PolicyArn }) => {
    await store.write((tx) => detachPolicy(tx, USER, { name: UserName, policy: PolicyArn }));
    return {};
  },
  ListAttachedUserPolicies: ({ store }, input) =>
    store.read((tx) => listAttached(tx, USER, { ...input, name: input.UserName })),
  PutUserPolicy: async ({ store }, { UserName, PolicyName, PolicyDocument }) => {
    const policy = { name: UserName, policy: PolicyName, document: PolicyDocument };
    await store.write((tx) => putInline(tx, USER, policy));
    return {};
  },
  GetUserPolicy: ({ store }, { UserName, PolicyName }) => ({
    UserName,
    PolicyName,
    PolicyDocument: store.read((tx) => getInline(tx, USER, { name: UserName, policy: PolicyName })),
  }),
  ListUserPolicies: ({ store }, input) =>
    store.read((tx) => listInline(tx, USER, { ...input, name: input.UserName })),
  DeleteUserPolicy: async ({ store }, { UserName, PolicyName }) => {
    await store.write((tx) => deleteInline(tx, USER, { name: UserName, policy: PolicyName }));
    return {};
  },
};
