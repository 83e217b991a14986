import { secrets } from '../../records/secrets.ts';
import type { SecretsOperation } from './operation-record.ts';
import { requireLiveSecret } from './secret-reference.ts';
import { withTags } from './secret-rules.ts';

/** Adds or replaces tags. */
export const tagResource: SecretsOperation<'TagResource'> = (context, input) =>
  context.store.write((tx) => {
    const secret = requireLiveSecret(tx, context, input);
    tx.put(secrets, { ...secret, tags: withTags(secret.tags, input.Tags) });
    return {};
  });

/** Removes tags; a key that is not there is no error. */
export const untagResource: SecretsOperation<'UntagResource'> = (context, input) =>
  context.store.write((tx) => {
    const secret = requireLiveSecret(tx, context, input);
    tx.put(secrets, { ...secret, tags: secret.tags.filter(({ Key }) => !input.TagKeys.includes(Key)) });
    return {};
  });
