import { isResourcePolicy } from '../../core/identity/policy-document.ts';
import { secrets } from '../../records/secrets.ts';
import { secretsErrors } from './errors.ts';
import type { SecretsOperation } from './operation-record.ts';
import { requireLiveSecret } from './secret-reference.ts';

/** A policy has at most this many characters. */
const POLICY_MAX_LENGTH = 20_480;

/** Attaches a policy, which decides beside those of the caller. (SEC-12, AUTH-2) */
export const putResourcePolicy: SecretsOperation<'PutResourcePolicy'> = (context, input) => {
  const { ResourcePolicy } = input;
  if (ResourcePolicy.length > POLICY_MAX_LENGTH || !isResourcePolicy(ResourcePolicy)) {
    throw secretsErrors.malformedPolicy();
  }
  if (input.BlockPublicPolicy === true) throw secretsErrors.unsupported('BlockPublicPolicy');
  return context.store.write((tx) => {
    const secret = requireLiveSecret(tx, context, input);
    tx.put(secrets, { ...secret, resourcePolicy: ResourcePolicy });
    return { ARN: secret.arn, Name: secret.name };
  });
};

/** The policy; without one the answer has none. */
export const getResourcePolicy: SecretsOperation<'GetResourcePolicy'> = (context, input) =>
  context.store.read((tx) => {
    const secret = requireLiveSecret(tx, context, input);
    return { ARN: secret.arn, Name: secret.name, ResourcePolicy: secret.resourcePolicy };
  });

/** Removes the policy; none is no error. */
export const deleteResourcePolicy: SecretsOperation<'DeleteResourcePolicy'> = (context, input) =>
  context.store.write((tx) => {
    const secret = requireLiveSecret(tx, context, input);
    tx.put(secrets, { ...secret, resourcePolicy: undefined });
    return { ARN: secret.arn, Name: secret.name };
  });
