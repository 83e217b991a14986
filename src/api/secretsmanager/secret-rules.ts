import type { CapitalTag } from '../../domain/secret.ts';
import { secretsErrors } from './errors.ts';

/** The default key, in the forms that name it. */
const DEFAULT_KEY = /^(?:alias\/aws\/secretsmanager|arn:aws:kms:[^:]*:[^:]*:alias\/aws\/secretsmanager)$/;

/** The key to remember: none for the default one. Others are refused, because there is no KMS to hold them. (SEC-8) */
export function checkedKey(kmsKeyId: string | undefined): string | undefined {
  if (kmsKeyId === undefined || kmsKeyId === '') return undefined;
  if (!DEFAULT_KEY.test(kmsKeyId)) throw secretsErrors.customerKey();
  return kmsKeyId;
}

/** A secret has at most this many tags. */
const TAGS_MAX_COUNT = 50;

/** The tags with those of `added`, which win. */
export function withTags(
  current: readonly CapitalTag[],
  added: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
): readonly CapitalTag[] {
  const tags = new Map(current.map(({ Key, Value }) => [Key, Value]));
  for (const { Key = '', Value = '' } of added) {
    if (Key.length < 1 || Key.length > 128)
      throw secretsErrors.invalidTag('A tag key has 1 to 128 characters.');
    if (Value.length > 256) throw secretsErrors.invalidTag('A tag value has at most 256 characters.');
    if (Key.startsWith('aws:')) throw secretsErrors.invalidTag('Tag keys that begin with aws: are reserved.');
    tags.set(Key, Value);
  }
  if (tags.size > TAGS_MAX_COUNT) throw secretsErrors.invalidTag('A secret has at most 50 tags.');
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

const NAME = /^[A-Za-z0-9/_+=.@!-]{1,512}$/;

/** Stops unless a secret may have this name. (SEC-1) */
export function checkName(name: string): void {
  if (!NAME.test(name)) throw secretsErrors.invalidName();
}

/** Stops at the members that ask for copies in other Regions: there are none. */
export function refuseReplicas(input: {
  readonly AddReplicaRegions?: readonly unknown[] | undefined;
  readonly ForceOverwriteReplicaSecret?: boolean | undefined;
}): void {
  if ((input.AddReplicaRegions?.length ?? 0) > 0) throw secretsErrors.unsupported('AddReplicaRegions');
  if (input.ForceOverwriteReplicaSecret === true)
    throw secretsErrors.unsupported('ForceOverwriteReplicaSecret');
}
