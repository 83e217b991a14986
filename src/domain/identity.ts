import type { Instant } from '../lib/clock.ts';

/** A key that signs requests. The secret is needed in clear to verify signatures; the store's files are private. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Only of temporary keys. */
  readonly sessionToken?: string | undefined;
  readonly expiresAt?: Instant | undefined;
  readonly status: 'Active' | 'Inactive';
  readonly createdAt: Instant;
  readonly owner:
    | { readonly kind: 'root' }
    | { readonly kind: 'user'; readonly userName: string }
    | { readonly kind: 'role'; readonly roleName: string; readonly sessionName: string };
  /** When it last signed a request, to a quarter of an hour. Only of long-lived keys. */
  readonly lastUsed?: KeyUse | undefined;
  /** Of a role session to which something was passed. */
  readonly session?: SessionContext | undefined;
}

/** A use of a key. */
export interface KeyUse {
  readonly at: Instant;
  /** E.g. `ecs`. */
  readonly service: string;
  readonly region: string;
}

/** What was passed to a session of a role when it was made. */
export interface SessionContext {
  /** JSON texts. Together with `policyArns` they limit the session; without any there is no limit. */
  readonly policies: readonly string[];
  readonly policyArns: readonly string[];
  /** They win over the role's own tags. */
  readonly tags: readonly IamTag[];
  /** The keys of tags that go on to sessions made from this one. */
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string | undefined;
}

/** The account of an installation; one row. */
export interface Account {
  readonly accountId: string;
  readonly rootAccessKeyId: string;
  readonly createdAt: Instant;
  /** A name for people. */
  readonly alias?: string | undefined;
}

/** A tag of an IAM resource. */
export interface IamTag {
  readonly key: string;
  readonly value: string;
}

/** An IAM role. Documents are kept as given: JSON text. */
export interface Role {
  readonly roleName: string;
  readonly roleId: string;
  readonly arn: string;
  readonly path: string;
  readonly description?: string | undefined;
  readonly createdAt: Instant;
  readonly maxSessionDurationSeconds: number;
  readonly assumeRolePolicyDocument: string;
  readonly permissionsBoundaryArn?: string | undefined;
  /** Policy name → document. */
  readonly inlinePolicies: Readonly<Record<string, string>>;
  readonly attachedPolicyArns: readonly string[];
  readonly tags: readonly IamTag[];
}

/** What came of the last wish to delete a service-linked role; one row for a role. */
export interface RoleDeletion {
  readonly roleName: string;
  readonly deletionTaskId: string;
  /** The resources for which the role is still needed; none when it was deleted. */
  readonly usedBy: readonly string[];
}

/** A customer-managed policy. AWS-managed ones are a table in code. */
export interface ManagedPolicy {
  readonly policyName: string;
  readonly policyId: string;
  readonly arn: string;
  readonly path: string;
  readonly description?: string | undefined;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly defaultVersionId: string;
  readonly lastVersion: number;
  readonly versions: readonly {
    readonly versionId: string;
    readonly document: string;
    readonly createdAt: Instant;
  }[];
  readonly tags: readonly IamTag[];
}

/** An IAM user. */
export interface User {
  readonly userName: string;
  readonly userId: string;
  readonly arn: string;
  readonly path: string;
  readonly createdAt: Instant;
  readonly inlinePolicies: Readonly<Record<string, string>>;
  readonly attachedPolicyArns: readonly string[];
  readonly permissionsBoundaryArn?: string | undefined;
  /** The groups that the user is in, in no order. */
  readonly groupNames?: readonly string[] | undefined;
  readonly tags: readonly IamTag[];
}

/** An IAM group: policies that its users share. */
export interface Group {
  readonly groupName: string;
  readonly groupId: string;
  readonly arn: string;
  readonly path: string;
  readonly createdAt: Instant;
  readonly inlinePolicies: Readonly<Record<string, string>>;
  readonly attachedPolicyArns: readonly string[];
}

/** Somebody else's identity provider whose tokens may become sessions of roles. */
export interface OpenIdConnectProvider {
  readonly arn: string;
  /** The issuer without `https://`: what condition keys begin with. */
  readonly issuer: string;
  /** The audiences that tokens may be for. */
  readonly clientIds: readonly string[];
  /** Kept and answered. Here keys are trusted by configuration or by the system's certificates. */
  readonly thumbprints: readonly string[];
  readonly createdAt: Instant;
  readonly tags: readonly IamTag[];
}

/** An instance profile: what gives an EC2 instance its role. */
export interface InstanceProfile {
  readonly instanceProfileName: string;
  readonly instanceProfileId: string;
  readonly arn: string;
  readonly path: string;
  readonly createdAt: Instant;
  /** At most one. */
  readonly roleName?: string | undefined;
  readonly tags: readonly IamTag[];
}
