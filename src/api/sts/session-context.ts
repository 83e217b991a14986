import { identityPolicyProblem } from '../../core/identity/policy-document.ts';
import type { Caller } from '../../domain/caller.ts';
import type { IamTag, SessionContext } from '../../domain/identity.ts';
import { isManagedPolicy } from '../../records/principal-policies.ts';
import type { AssumeRoleRequest } from '../../shapes/generated/sts.ts';
import type { ReadTx } from '../../store/store.ts';
import { stsErrors } from './errors.ts';

/** The members of a request that say what is passed to the session. */
export type PassedToSession = Pick<
  AssumeRoleRequest,
  'Policy' | 'PolicyArns' | 'Tags' | 'TransitiveTagKeys' | 'SourceIdentity'
>;

/** The room for everything that is passed to a session. AWS packs it in a way of its own; here characters count. */
const PACKED_MAX_LENGTH = 4_096;

/** What a request passes to the session, with what the caller's own session hands on; undefined for nothing. (STS-6) */
export function sessionContext(
  tx: ReadTx,
  caller: Caller,
  input: PassedToSession,
): SessionContext | undefined {
  const policies = checkedPolicies(input.Policy);
  const policyArns = (input.PolicyArns ?? []).flatMap(({ arn }) => arn ?? []);
  const unknown = policyArns.find((arn) => !isManagedPolicy(tx, arn));
  if (unknown !== undefined) throw stsErrors.policyUnknown(unknown);
  const inherited = inheritedTags(caller);
  const tags = checkedTags(input, inherited);
  const sourceIdentity = caller.session?.sourceIdentity ?? input.SourceIdentity;
  if (policies.length + policyArns.length + tags.length === 0 && sourceIdentity === undefined)
    return undefined;
  const transitiveTagKeys = [...inherited.map(({ key }) => key), ...(input.TransitiveTagKeys ?? [])];
  const session = { policies, policyArns, tags, transitiveTagKeys, sourceIdentity };
  const percent = packedPercent(session);
  if (percent > 100) throw stsErrors.packedPolicyTooLarge(percent);
  return session;
}

/** How much of the room for what is passed a session takes. */
export function packedPercent({ policies, policyArns, tags }: SessionContext): number {
  const texts = [...policies, ...policyArns, ...tags.flatMap(({ key, value }) => [key, value])];
  const length = texts.reduce((total, text) => total + text.length, 0);
  return Math.ceil((length * 100) / PACKED_MAX_LENGTH);
}

function checkedPolicies(text: string | undefined): readonly string[] {
  if (text === undefined || text === '') return [];
  const problem = identityPolicyProblem(text);
  if (problem !== undefined) throw stsErrors.malformedPolicy(problem);
  return [text];
}

/** The tags of the caller's session that go on to the next one. */
function inheritedTags({ session }: Caller): readonly IamTag[] {
  const keys = new Set(session?.transitiveTagKeys);
  return (session?.tags ?? []).filter(({ key }) => keys.has(key));
}

function checkedTags(input: PassedToSession, inherited: readonly IamTag[]): readonly IamTag[] {
  const given = (input.Tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));
  const keys = new Set(given.map(({ key }) => key.toLowerCase()));
  if (keys.size !== given.length) {
    throw stsErrors.invalidTags('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  if (given.some(({ key }) => key.toLowerCase().startsWith('aws:'))) {
    throw stsErrors.invalidTags('Tag keys that begin with aws: are reserved.');
  }
  if (inherited.some(({ key }) => keys.has(key.toLowerCase()))) {
    throw stsErrors.invalidTags(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  if ((input.TransitiveTagKeys ?? []).some((key) => !keys.has(key.toLowerCase()))) {
    throw stsErrors.invalidTags('The specified transitive tag key must be included in the requested tags.');
  }
  return [...inherited, ...given];
}
