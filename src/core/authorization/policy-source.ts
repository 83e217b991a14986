import { type Policy, policyOf } from './policy.ts';

/** The kinds of policies that a simulation tells apart, as the service calls them. (IAM-23) */
export type PolicySourceKind = 'IAM Policy' | 'Resource Policy' | 'Permissions Boundary Policy';

/** A policy that a simulation weighs, and where it comes from. */
export interface SourcedPolicy {
  /** As a simulation's answer names it: `user_ann_Inline`, `AdministratorAccess`, `PolicyInputList.1`. */
  readonly id: string;
  readonly kind: PolicySourceKind;
  readonly text: string;
  readonly policy: Policy;
}

/** Compiles a policy for a simulation. */
export const sourcedPolicy = (
  id: string,
  text: string,
  kind: PolicySourceKind = 'IAM Policy',
): SourcedPolicy => ({ id, kind, text, policy: policyOf(text) });
