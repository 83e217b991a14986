import { roleArn } from '../../core/identity/arns.ts';
import type { Role } from '../../domain/identity.ts';
import { clusters, roleDeletions, roles } from '../../records/collections.ts';
import { deleteKeysOf, findRole } from '../../records/identity.ts';
import { iamErrors } from './errors.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { requireRole, SERVICE_LINKED_PATH } from './principals.ts';
import { roleShape } from './role-operations.ts';

const SERVICE = 'ecs.amazonaws.com';
const ROLE_NAME = 'AWSServiceRoleForECS';

const STILL_USED =
  'The role is in use. Delete all Amazon ECS clusters before you delete the service-linked role.';

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
  DeleteServiceLinkedRole: ({ store, ids }, { RoleName }) =>
    store.write((tx) => {
      const role = requireRole(tx, RoleName);
      if (!role.path.startsWith(SERVICE_LINKED_PATH)) throw iamErrors.notServiceLinked(RoleName);
      const deletionTaskId = `task${role.path}${role.roleName}/${ids.uuid()}`;
      const usedBy = tx
        .all(clusters)
        .filter(({ status }) => status !== 'INACTIVE')
        .map(({ clusterArn }) => clusterArn);
      tx.put(roleDeletions, { roleName: role.roleName, deletionTaskId, usedBy });
      if (usedBy.length === 0) {
        deleteKeysOf(tx, `role/${role.roleName}`);
        tx.delete(roles, roles.key(role));
      }
      return { DeletionTaskId: deletionTaskId };
    }),
  GetServiceLinkedRoleDeletionStatus: ({ store, installation }, { DeletionTaskId }) => {
    const found = store
      .read((tx) => tx.all(roleDeletions))
      .find((row) => row.deletionTaskId === DeletionTaskId);
    if (found === undefined) throw iamErrors.deletionNotFound(DeletionTaskId);
    if (found.usedBy.length === 0) return { Status: 'SUCCEEDED' };
    const usage = { Region: installation.region, Resources: found.usedBy };
    return { Status: 'FAILED', Reason: { Reason: STILL_USED, RoleUsageList: [usage] } };
  },
};
