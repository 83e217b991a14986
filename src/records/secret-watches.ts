import type { ValueVersions } from '../core/secrets/redeploy.ts';
import { parseValueFrom } from '../core/secrets/secret-reference.ts';
import { CURRENT } from '../core/secrets/stages.ts';
import type { Scope } from '../domain/arn.ts';
import type { Instant } from '../lib/clock.ts';
import type { ContainerDefinition } from '../shapes/generated/ecs.ts';
import type { Collection, ReadTx } from '../store/store.ts';
import { parameterReference, parameters, versionsOfParameter } from './parameters.ts';
import { findSecret, versionsOf } from './secrets.ts';

/** What the tasks of a service's deployment read, for services that are deployed anew when it changes. */
export interface SecretWatch {
  readonly serviceArn: string;
  /** The deployment whose tasks read these versions. */
  readonly deploymentId: string;
  readonly versions: ValueVersions;
}

/** The watches of all services that ask for one. Written by the controller of redeployments alone. */
export const secretWatches: Collection<SecretWatch> = {
  name: 'secret-watches',
  key: (row) => row.serviceArn,
  indexes: {},
};

/** Where and when sources are looked up. */
export interface LookUp {
  readonly tx: ReadTx;
  readonly scope: Scope;
  readonly now: Instant;
}

/** The version that each source of these containers has now. (TSC-9) */
export function valueVersions(where: LookUp, containers: readonly ContainerDefinition[]): ValueVersions {
  const sources = containers.flatMap(({ secrets = [], logConfiguration }) =>
    [...secrets, ...(logConfiguration?.secretOptions ?? [])].map(({ valueFrom = '' }) => valueFrom),
  );
  return Object.fromEntries(
    [...new Set(sources)].flatMap((valueFrom) => {
      const version = versionOf(where, valueFrom);
      return version === undefined ? [] : [[valueFrom, version] as const];
    }),
  );
}

function versionOf({ tx, scope, now }: LookUp, valueFrom: string): string | undefined {
  const reference = parseValueFrom(valueFrom);
  if (reference.provider === 'invalid') return undefined;
  if (reference.provider === 'ssm') return parameterVersion(tx, scope, reference.name);
  const { secretId, versionId, versionStage = CURRENT } = reference;
  const secret = findSecret(tx, secretId, { scope, now });
  if (secret === undefined || secret.deletedAt !== undefined) return undefined;
  return versionId ?? versionsOf(tx, secret).find(({ stages }) => stages.includes(versionStage))?.versionId;
}

/** Told apart from that of a parameter that was deleted and made again by its instant. */
function parameterVersion(tx: ReadTx, scope: Scope, name: string): string | undefined {
  const selector = parameterReference(tx, name, scope);
  const parameter = selector && tx.get(parameters, selector.name);
  if (selector === undefined || parameter === undefined) return undefined;
  const wanted = versionsOfParameter(tx, parameter.name).find(({ version, labels }) =>
    selector.label === undefined
      ? version === (selector.version ?? parameter.latest)
      : labels.includes(selector.label),
  );
  return wanted && `${wanted.version} ${wanted.modifiedAt}`;
}

/** How people know a source: the secret's or the parameter's name. */
export function sourceName({ tx, scope, now }: LookUp, valueFrom: string): string {
  const reference = parseValueFrom(valueFrom);
  if (reference.provider === 'invalid') return valueFrom;
  if (reference.provider === 'asm') {
    return findSecret(tx, reference.secretId, { scope, now })?.name ?? reference.secretId;
  }
  return parameterReference(tx, reference.name, scope)?.name ?? reference.name;
}
