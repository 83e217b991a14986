import { parseArn } from '../../domain/arn.ts';
import type { IamTag } from '../../domain/identity.ts';
import type { Tag } from '../../shapes/generated/iam.ts';
import { iamErrors } from './errors.ts';

/** Checks the path of a new role, user or policy; `/` when none is given. */
export function pathOf(path: string | undefined): string {
  if (path === undefined || path === '/') return '/';
  if (path.length > 512 || !/^\/[\u0021-\u007e]+\/$/.test(path)) throw iamErrors.invalidPath();
  return path;
}

/** Whether a path lies under the prefix of a listing. */
export const hasPath = (path: string, prefix: string | undefined): boolean => path.startsWith(prefix ?? '/');

/** Checks the form of a policy's ARN. (IAM-8) */
export function checkPolicyArn(arn: string): void {
  const parsed = parseArn(arn);
  if (parsed === undefined) throw iamErrors.unparsableArn();
  const isPolicy =
    parsed.service === 'iam' && parsed.resource.startsWith('policy/') && parsed.accountId !== '';
  if (!isPolicy) throw iamErrors.invalidArn(arn);
}

/** A role, user or policy has at most this many tags. */
const TAGS_MAX_COUNT = 50;

/** Adds or replaces tags. Keys differ by more than case. (IAM-11) */
export function withTags(current: readonly IamTag[], added: readonly Tag[] = []): readonly IamTag[] {
  const keys = new Set(added.map(({ Key }) => Key.toLowerCase()));
  if (keys.size !== added.length) throw iamErrors.duplicateTags();
  if (added.some(({ Key }) => Key.toLowerCase().startsWith('aws:'))) {
    throw iamErrors.invalidInput('Tag keys that begin with aws: are reserved.');
  }
  const kept = current.filter(({ key }) => !keys.has(key.toLowerCase()));
  const tags = [...kept, ...added.map(({ Key, Value }) => ({ key: Key, value: Value }))];
  if (tags.length > TAGS_MAX_COUNT) {
    throw iamErrors.invalidInput(`The number of tags has reached the maximum limit of ${TAGS_MAX_COUNT}.`);
  }
  return tags;
}

/** Takes tags off; keys that are not there are no error. */
export function withoutTags(current: readonly IamTag[], keys: readonly string[]): readonly IamTag[] {
  const gone = new Set(keys.map((key) => key.toLowerCase()));
  return current.filter(({ key }) => !gone.has(key.toLowerCase()));
}

/** Tags as the API answers them. */
export const tagShapes = (tags: readonly IamTag[]): readonly Tag[] =>
  tags.map(({ key, value }) => ({ Key: key, Value: value }));
