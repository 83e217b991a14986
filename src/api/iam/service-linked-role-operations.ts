import { roleArn } from '../../core/identity/arns.ts';
import type { Role } from '../../domain/identity.ts';
import { roles } from '../../records/collections.ts';
import { findRole } from '../../records/identity.ts';
import { iamErrors } from './errors.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { SERVICE_LINKED_PATH } from './principals.ts';
import { roleShape } from './role-operations.ts';

const SERVICE = 'ecs.amazonaws.com';
const ROLE_NAME = 'AWSServiceRoleForECS';

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: SERVICE }, Action: 'sts:AssumeRole' }],
});

/** The role of ECS itself. Other services are not there to need one. (IAM-14) */
export const serviceLinkedRoleOperations: IamOperationRecord = {
  CreateServiceLinkedRole: async (context, { AWSServiceName, Description, CustomSuffix }) => {
    const { store, ids, clock, installation } = context;
    if (AWSServiceName !== SERVICE) throw iamErrors.unsupported(`AWSServiceName ${AWSServiceName}`);
    if ((CustomSuffix ?? '') !== '')
      throw iamErrors.invalidInput(`Custom suffix is not allowed for ${SERVICE}`);
    const path = `${SERVICE_LINKED_PATH}${SERVICE}/`;
    const row: Role = {
      roleName: ROLE_NAME,
      roleId: `AROA${ids.base32(17)}`,
      arn: roleArn(installation.accountId, path, ROLE_NAME),
      path,
      description: Description ?? 'Role to enable Amazon ECS to manage your cluster.',
      createdAt: clock.now(),
      maxSessionDurationSeconds: 3_600,
      assumeRolePolicyDocument: TRUST,
      inlinePolicies: {},
      attachedPolicyArns: ['arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy'],
      tags: [],
    };
    await store.write((tx) => {
      if (findRole(tx, ROLE_NAME) !== undefined) throw iamErrors.serviceRoleTaken(ROLE_NAME);
      tx.put(roles, row);
    });
    return { Role: roleShape(row) };
  },
};
