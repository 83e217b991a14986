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
import { ROLE } from './principals.ts';

/** Managed and inline policies of roles. (IAM-5, IAM-6) */
export const rolePolicyOperations: IamOperationRecord = {
  AttachRolePolicy: async ({ store }, { RoleName, PolicyArn }) => {
    await store.write((tx) => attachPolicy(tx, ROLE, { name: RoleName, policy: PolicyArn }));
    return {};
  },
  DetachRolePolicy: async ({ store }, { RoleName, PolicyArn }) => {
    await store.write((tx) => detachPolicy(tx, ROLE, { name: RoleName, policy: PolicyArn }));
    return {};
  },
  ListAttachedRolePolicies: ({ store }, input) =>
    store.read((tx) => listAttached(tx, ROLE, { ...input, name: input.RoleName })),
  PutRolePolicy: async ({ store }, { RoleName, PolicyName, PolicyDocument }) => {
    const policy = { name: RoleName, policy: PolicyName, document: PolicyDocument };
    await store.write((tx) => putInline(tx, ROLE, policy));
    return {};
  },
  GetRolePolicy: ({ store }, { RoleName, PolicyName }) => ({
    RoleName,
    PolicyName,
    PolicyDocument: store.read((tx) => getInline(tx, ROLE, { name: RoleName, policy: PolicyName })),
  }),
  ListRolePolicies: ({ store }, input) =>
    store.read((tx) => listInline(tx, ROLE, { ...input, name: input.RoleName })),
  DeleteRolePolicy: async ({ store }, { RoleName, PolicyName }) => {
    await store.write((tx) => deleteInline(tx, ROLE, { name: RoleName, policy: PolicyName }));
    return {};
  },
};
