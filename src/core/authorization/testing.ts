import type { ConditionKeys } from './condition-keys.ts';
import type { AccessRequest, ApplicablePolicies } from './evaluate.ts';
import { type Policy, policyOf } from './policy.ts';
import type { RequestPrincipal } from './principal.ts';

/** A policy of these statements, of the version that knows variables. */
export const policy = (...statements: readonly object[]): Policy =>
  policyOf(JSON.stringify({ Version: '2012-10-17', Statement: statements }));

/** A condition context of these values; names in any case. */
export function keysOf(values: Readonly<Record<string, string | readonly string[]>>): ConditionKeys {
  const entries = Object.entries(values).map(
    ([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : value] as const,
  );
  const map = new Map(entries);
  return (name) => map.get(name);
}

export const ACCOUNT_ID = '123456789012';

export const ANN: RequestPrincipal = {
  kind: 'user',
  arn: `arn:aws:iam::${ACCOUNT_ID}:user/ann`,
  accountId: ACCOUNT_ID,
};

export const SESSION: RequestPrincipal = {
  kind: 'assumed-role',
  arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/ci/run-1`,
  accountId: ACCOUNT_ID,
  roleArn: `arn:aws:iam::${ACCOUNT_ID}:role/ci`,
};

export const ROOT: RequestPrincipal = {
  kind: 'root',
  arn: `arn:aws:iam::${ACCOUNT_ID}:root`,
  accountId: ACCOUNT_ID,
};

export const CLUSTER_ARN = `arn:aws:ecs:us-east-1:${ACCOUNT_ID}:cluster/web`;

/** A request of ann's for `ecs:DescribeClusters` on a cluster, changed by `parts`. */
export const request = (
  policies: Partial<ApplicablePolicies>,
  parts: Partial<Omit<AccessRequest, 'policies'>> = {},
): AccessRequest => ({
  principal: ANN,
  action: 'ecs:DescribeClusters',
  resource: CLUSTER_ARN,
  keys: keysOf({}),
  ...parts,
  policies: { identity: [], ...policies },
});
