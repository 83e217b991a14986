import { attachStages, CURRENT } from '../../core/secrets/stages.ts';
import { type Secret, type SecretVersion, versionContext } from '../../domain/secret.ts';
import type { Instant } from '../../lib/clock.ts';
import type { Vault } from '../../lib/vault.ts';
import { secretVersions, versionsOf } from '../../records/secrets.ts';
import type { WriteTx } from '../../store/store.ts';
import { secretsErrors } from './errors.ts';

/** A value in a request. */
interface ValueInput {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

/** A value, ready to be sealed. */
export interface SecretValue {
  readonly kind: SecretVersion['kind'];
  readonly bytes: Uint8Array;
}

/** A value has at most this many bytes. */
const VALUE_BYTES_MAX = 65_536;
/** A secret has at most this many staging labels. */
const STAGES_MAX_COUNT = 20;
/** A secret has at most this many versions; deprecated ones leave first. */
const VERSIONS_MAX_COUNT = 100;
/** Deprecated versions younger than this are kept. */
const DEPRECATED_KEPT_MS = 24 * 3_600_000;

/** The value that a request carries, if any. (SEC-3) */
export function valueIn({ SecretString, SecretBinary }: ValueInput): SecretValue | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) throw secretsErrors.bothValues();
  const bytes = SecretString === undefined ? SecretBinary : Buffer.from(SecretString, 'utf8');
  if (bytes === undefined) return undefined;
  if (bytes.length === 0 || bytes.length > VALUE_BYTES_MAX) throw secretsErrors.valueTooLong(VALUE_BYTES_MAX);
  return { kind: SecretString === undefined ? 'binary' : 'string', bytes };
}

/** The value of a version as answers carry it. */
export function openedValue(vault: Vault, version: SecretVersion): ValueInput {
  const bytes = vault.open(version.sealed, versionContext(version.secretArn, version.versionId));
  return version.kind === 'string'
    ? { SecretString: Buffer.from(bytes).toString('utf8') }
    : { SecretBinary: bytes };
}

/** A new version that is to be stored. */
export interface NewVersion {
  readonly versionId: string;
  readonly value: SecretValue;
  /** AWSCURRENT when the request names none. */
  readonly stages: readonly string[];
  readonly now: Instant;
}

/**
 * Stores a version and moves the labels. The same version id with the same value changes nothing; with another value it
 * is refused, because a version never changes. Answers the labels that the version has. (SEC-3, SEC-4)
 */
export function addVersion(
  tx: WriteTx,
  vault: Vault,
  secret: Secret,
  added: NewVersion,
): { readonly stages: readonly string[]; readonly isNew: boolean } {
  const { versionId, value, now } = added;
  const versions = versionsOf(tx, secret);
  const same = versions.find((version) => version.versionId === versionId);
  if (same !== undefined) {
    if (!holds(vault, same, value)) throw secretsErrors.tokenInUse(versionId, secret.arn);
    return { stages: same.stages, isNew: false };
  }
  const stages = versions.length === 0 ? [...new Set([CURRENT, ...added.stages])] : added.stages;
  const sealed = vault.seal(value.bytes, versionContext(secret.arn, versionId));
  const row: SecretVersion = {
    secretArn: secret.arn,
    versionId,
    createdAt: now,
    stages: [],
    kind: value.kind,
    sealed,
  };
  writeStages(tx, versions, attachStages([...versions, row], versionId, stages));
  forgetDeprecated(tx, secret, now);
  return { stages, isNew: true };
}

function holds(vault: Vault, version: SecretVersion, { kind, bytes }: SecretValue): boolean {
  const known = vault.open(version.sealed, versionContext(version.secretArn, version.versionId));
  return version.kind === kind && Buffer.compare(known, bytes) === 0;
}

/** Stores the versions whose labels are not what they were. */
export function writeStages(
  tx: WriteTx,
  before: readonly SecretVersion[],
  after: readonly SecretVersion[],
): void {
  if (new Set(after.flatMap(({ stages }) => stages)).size > STAGES_MAX_COUNT) {
    throw secretsErrors.tooManyStages(STAGES_MAX_COUNT);
  }
  const known = new Map(before.map((version) => [version.versionId, version.stages.join(' ')]));
  for (const version of after) {
    if (known.get(version.versionId) !== version.stages.join(' ')) tx.put(secretVersions, version);
  }
}

function forgetDeprecated(tx: WriteTx, secret: Secret, now: Instant): void {
  const versions = versionsOf(tx, secret);
  const excess = versions.length - VERSIONS_MAX_COUNT;
  if (excess <= 0) return;
  const old = versions
    .filter(({ stages, createdAt }) => stages.length === 0 && now - createdAt >= DEPRECATED_KEPT_MS)
    .slice(0, excess);
  if (old.length < excess) throw secretsErrors.tooManyVersions(VERSIONS_MAX_COUNT);
  for (const version of old) tx.delete(secretVersions, secretVersions.key(version));
}
