import { parseArn } from '../../domain/arn.ts';

/** What a `valueFrom` of a task definition means. */
export type SecretReference =
  | {
      readonly provider: 'asm';
      readonly region: string;
      /** The ARN without what follows the name. */
      readonly secretId: string;
      readonly jsonKey?: string | undefined;
      readonly versionStage?: string | undefined;
      readonly versionId?: string | undefined;
    }
  | {
      readonly provider: 'ssm';
      /** Absent for a plain name: the task's own. */
      readonly region?: string | undefined;
      /** As given: a name or an ARN, with its selector. */
      readonly name: string;
    }
  | { readonly provider: 'invalid'; readonly service: 'asm' | 'ssm' };

/**
 * Reads a `valueFrom`: the ARN of a secret, followed by nothing or by all of `:json-key:version-stage:version-id` (any of
 * them empty); the ARN of a parameter; or the plain name of a parameter. (TSC-1; secrets-envvar-secrets-manager)
 */
export function parseValueFrom(valueFrom: string): SecretReference {
  if (!valueFrom.startsWith('arn:')) {
    return /^[A-Za-z0-9_.\-/]{1,2048}(?::[A-Za-z0-9_.-]{1,100})?$/.test(valueFrom)
      ? { provider: 'ssm', name: valueFrom }
      : { provider: 'invalid', service: 'ssm' };
  }
  const arn = parseArn(valueFrom);
  if (arn?.service === 'ssm') {
    return /^parameter\/[A-Za-z0-9_.\-/]+(?::[A-Za-z0-9_.-]{1,100})?$/.test(arn.resource)
      ? { provider: 'ssm', region: arn.region, name: valueFrom }
      : { provider: 'invalid', service: 'ssm' };
  }
  if (arn?.service !== 'secretsmanager') return { provider: 'invalid', service: 'ssm' };
  const [kind, name = '', ...extras] = arn.resource.split(':');
  if (kind !== 'secret' || name === '' || (extras.length !== 0 && extras.length !== 3)) {
    return { provider: 'invalid', service: 'asm' };
  }
  const [jsonKey, versionStage, versionId] = extras.map((part) => (part === '' ? undefined : part));
  const tail = extras.length === 0 ? 0 : extras.join(':').length + 1;
  return {
    provider: 'asm',
    region: arn.region,
    secretId: tail === 0 ? valueFrom : valueFrom.slice(0, -tail),
    jsonKey,
    versionStage,
    versionId,
  };
}
