import type { IamOperationRecord } from './operation-record.ts';
import { policiesOf } from './policies-of.ts';
import { USER } from './principals.ts';

const ofUser = policiesOf(USER);

/** Managed and inline policies of users. (IAM-5, IAM-6) */
export const userPolicyOperations: IamOperationRecord = {
  AttachUserPolicy: (context, { UserName: name, PolicyArn: policy }) =>
    ofUser.attach(context, { name, policy }),
  DetachUserPolicy: (context, { UserName: name, PolicyArn: policy }) =>
    ofUser.detach(context, { name, policy }),
  ListAttachedUserPolicies: (context, input) =>
    ofUser.listAttached(context, { ...input, name: input.UserName }),
  PutUserPolicy: (context, { UserName: name, PolicyName: policy, PolicyDocument: document }) =>
    ofUser.put(context, { name, policy, document }),
  GetUserPolicy: (context, { UserName, PolicyName }) => ({
    UserName,
    PolicyName,
    PolicyDocument: ofUser.get(context, { name: UserName, policy: PolicyName }),
  }),
  ListUserPolicies: (context, input) => ofUser.list(context, { ...input, name: input.UserName }),
  DeleteUserPolicy: (context, { UserName: name, PolicyName: policy }) =>
    ofUser.delete(context, { name, policy }),
};
