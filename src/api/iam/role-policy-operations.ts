import type { IamOperationRecord } from './operation-record.ts';
import { policiesOf } from './policies-of.ts';
import { ROLE } from './principals.ts';

const ofRole = policiesOf(ROLE);

/** Managed and inline policies of roles. (IAM-5, IAM-6) */
export const rolePolicyOperations: IamOperationRecord = {
  AttachRolePolicy: (context, { RoleName: name, PolicyArn: policy }) =>
    ofRole.attach(context, { name, policy }),
  DetachRolePolicy: (context, { RoleName: name, PolicyArn: policy }) =>
    ofRole.detach(context, { name, policy }),
  ListAttachedRolePolicies: (context, input) =>
    ofRole.listAttached(context, { ...input, name: input.RoleName }),
  PutRolePolicy: (context, { RoleName: name, PolicyName: policy, PolicyDocument: document }) =>
    ofRole.put(context, { name, policy, document }),
  GetRolePolicy: (context, { RoleName, PolicyName }) => ({
    RoleName,
    PolicyName,
    PolicyDocument: ofRole.get(context, { name: RoleName, policy: PolicyName }),
  }),
  ListRolePolicies: (context, input) => ofRole.list(context, { ...input, name: input.RoleName }),
  DeleteRolePolicy: (context, { RoleName: name, PolicyName: policy }) =>
    ofRole.delete(context, { name, policy }),
};
