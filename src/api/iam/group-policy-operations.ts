import type { IamOperationRecord } from './operation-record.ts';
import { policiesOf } from './policies-of.ts';
import { GROUP } from './principals.ts';

const ofGroup = policiesOf(GROUP);

/** Managed and inline policies of groups. (IAM-6, IAM-15) */
export const groupPolicyOperations: IamOperationRecord = {
  AttachGroupPolicy: (context, { GroupName: name, PolicyArn: policy }) =>
    ofGroup.attach(context, { name, policy }),
  DetachGroupPolicy: (context, { GroupName: name, PolicyArn: policy }) =>
    ofGroup.detach(context, { name, policy }),
  ListAttachedGroupPolicies: (context, input) =>
    ofGroup.listAttached(context, { ...input, name: input.GroupName }),
  PutGroupPolicy: (context, { GroupName: name, PolicyName: policy, PolicyDocument: document }) =>
    ofGroup.put(context, { name, policy, document }),
  GetGroupPolicy: (context, { GroupName, PolicyName }) => ({
    GroupName,
    PolicyName,
    PolicyDocument: ofGroup.get(context, { name: GroupName, policy: PolicyName }),
  }),
  ListGroupPolicies: (context, input) => ofGroup.list(context, { ...input, name: input.GroupName }),
  DeleteGroupPolicy: (context, { GroupName: name, PolicyName: policy }) =>
    ofGroup.delete(context, { name, policy }),
};
