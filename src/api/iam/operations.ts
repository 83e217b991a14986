import { accessKeyOperations } from './access-key-operations.ts';
import { accountOperations } from './account-operations.ts';
import { getAccountAuthorizationDetails } from './get-account-authorization-details.ts';
import { groupOperations } from './group-operations.ts';
import { groupPolicyOperations } from './group-policy-operations.ts';
import { instanceProfileOperations } from './instance-profile-operations.ts';
import { listEntitiesForPolicy } from './list-entities-for-policy.ts';
import { oidcProviderOperations } from './oidc-provider-operations.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { policyOperations } from './policy-operations.ts';
import { simulatorOperations } from './policy-simulator.ts';
import { policyTagOperations } from './policy-tag-operations.ts';
import { policyVersionOperations } from './policy-version-operations.ts';
import { roleOperations } from './role-operations.ts';
import { rolePolicyOperations } from './role-policy-operations.ts';
import { serviceLinkedRoleOperations } from './service-linked-role-operations.ts';
import { userOperations } from './user-operations.ts';
import { userPolicyOperations } from './user-policy-operations.ts';

/** Every IAM operation that is there, by its AWS name. */
export const iamOperations: IamOperationRecord = {
  ...roleOperations,
  ...rolePolicyOperations,
  ...serviceLinkedRoleOperations,
  ...policyOperations,
  ...policyTagOperations,
  ...policyVersionOperations,
  ListEntitiesForPolicy: listEntitiesForPolicy,
  ...userOperations,
  ...userPolicyOperations,
  ...accessKeyOperations,
  ...instanceProfileOperations,
  ...oidcProviderOperations,
  ...simulatorOperations,
  ...groupOperations,
  ...groupPolicyOperations,
  ...accountOperations,
  GetAccountAuthorizationDetails: getAccountAuthorizationDetails,
};
