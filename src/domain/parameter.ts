import type { Instant } from '../lib/clock.ts';
import type { Scope } from './arn.ts';
import type { CapitalTag } from './secret.ts';

/** What a parameter's value is. */
export type ParameterType = 'String' | 'StringList' | 'SecureString';
/** How long a value may be: 4 KiB or 8 KiB. */
export type ParameterTier = 'Standard' | 'Advanced';

/** One version of a parameter. Written by the API alone. */
export interface ParameterVersion {
  readonly name: string;
  readonly version: number;
  readonly type: ParameterType;
  readonly tier: ParameterTier;
  readonly description?: string | undefined;
  readonly allowedPattern?: string | undefined;
  /** Of a SecureString, as the caller gave it. */
  readonly keyId?: string | undefined;
  readonly modifiedAt: Instant;
  readonly modifiedBy: string;
  readonly labels: readonly string[];
  /** The value, encrypted with `parameterContext`, whatever its type. */
  readonly sealed: string;
}

/** A parameter of Parameter Store: its newest version, and what belongs to none. */
export interface Parameter {
  readonly name: string;
  readonly latest: number;
  readonly tags: readonly CapitalTag[];
}

/** What the value of a version is sealed for. */
export const parameterContext = (name: string, version: number): string => `ssm ${name} ${version}`;

/** The ARN of a parameter; the slash that begins a path is not doubled. */
export const parameterArn = (scope: Scope, name: string): string =>
  `arn:aws:ssm:${scope.region}:${scope.accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
