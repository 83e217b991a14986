import type { ListAttachedRolePoliciesResponse } from '../../shapes/generated/iam.ts';
import type { Context } from '../operation.ts';
import type { MarkerPage } from './paging.ts';
import {
  attachPolicy,
  deleteInline,
  detachPolicy,
  getInline,
  listAttached,
  listInline,
  type PolicyOf,
  putInline,
} from './principal-policies.ts';
import type { Principal, PrincipalKind } from './principals.ts';

/** What a change answers. */
type Nothing = Readonly<Record<string, never>>;
type ListInput = MarkerPage & { readonly name: string };

/**
 * The policy operations of one kind of principal, each a transaction of its own. AWS has them once for roles, users and
 * groups, alike but for the names of operations and members. (IAM-5, IAM-6)
 */
export function policiesOf<Row extends Principal>(kind: PrincipalKind<Row>) {
  return {
    attach: async ({ store }: Context, policy: PolicyOf): Promise<Nothing> => {
      await store.write((tx) => attachPolicy(tx, kind, policy));
      return {};
    },
    detach: async ({ store }: Context, policy: PolicyOf): Promise<Nothing> => {
      await store.write((tx) => detachPolicy(tx, kind, policy));
      return {};
    },
    listAttached: (
      { store }: Context,
      input: ListInput & { readonly PathPrefix?: string | undefined },
    ): ListAttachedRolePoliciesResponse => store.read((tx) => listAttached(tx, kind, input)),
    put: async ({ store }: Context, policy: PolicyOf & { readonly document: string }): Promise<Nothing> => {
      await store.write((tx) => putInline(tx, kind, policy));
      return {};
    },
    get: ({ store }: Context, policy: PolicyOf): string => store.read((tx) => getInline(tx, kind, policy)),
    list: ({ store }: Context, input: ListInput) => store.read((tx) => listInline(tx, kind, input)),
    delete: async ({ store }: Context, policy: PolicyOf): Promise<Nothing> => {
      await store.write((tx) => deleteInline(tx, kind, policy));
      return {};
    },
  };
}
