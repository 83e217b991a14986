import type { Instant } from '../lib/clock.ts';
import type { Scope } from './arn.ts';

/** A tag as Secrets Manager and Parameter Store write it. */
export interface CapitalTag {
  readonly Key: string;
  readonly Value: string;
}

/** A secret of Secrets Manager. Its values are in rows of their own. Written by the API alone. */
export interface Secret {
  readonly name: string;
  /** Ends in a hyphen and six random characters, so that a name used again is another secret. */
  readonly arn: string;
  readonly description?: string | undefined;
  /** As the caller gave it; absent for the default key. */
  readonly kmsKeyId?: string | undefined;
  readonly createdAt: Instant;
  readonly lastChangedAt: Instant;
  /** The day, not the moment, of the last reading of a value. */
  readonly lastAccessedAt?: Instant | undefined;
  /** When deletion was asked for; absent for a secret that stays. */
  readonly deletedAt?: Instant | undefined;
  /** From then on the secret is gone. */
  readonly deletionDate?: Instant | undefined;
  readonly tags: readonly CapitalTag[];
  readonly resourcePolicy?: string | undefined;
}

/** One value of a secret. */
export interface SecretVersion {
  readonly secretArn: string;
  readonly versionId: string;
  readonly createdAt: Instant;
  readonly lastAccessedAt?: Instant | undefined;
  /** None: the version is deprecated and may be forgotten. */
  readonly stages: readonly string[];
  readonly kind: 'string' | 'binary';
  /** The value, encrypted with `versionContext`. */
  readonly sealed: string;
}

/** What the value of a version is sealed for. */
export const versionContext = (secretArn: string, versionId: string): string => `${secretArn} ${versionId}`;

/** The ARN of a secret, or without `suffix` (six characters) the ARN that only its name decides. */
export const secretArn = (scope: Scope, name: string, suffix?: string): string =>
  `arn:aws:secretsmanager:${scope.region}:${scope.accountId}:secret:${name}${suffix === undefined ? '' : `-${suffix}`}`;

/** Whether the secret is still there: one past its deletion date is not, even before it is swept away. */
export const isSecretThere = (secret: Secret, now: Instant): boolean =>
  secret.deletionDate === undefined || now < secret.deletionDate;
