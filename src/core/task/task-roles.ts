import type { Scope } from '../../domain/arn.ts';

/** The ARN of a role that was given by its ARN, or by the bare name of one without a path; undefined for no role. */
export function fullRoleArn(scope: Scope, role: string | undefined): string | undefined {
  if (role === undefined || role === '') return undefined;
  return role.startsWith('arn:') ? role : `arn:aws:iam::${scope.accountId}:role/${role}`;
}
