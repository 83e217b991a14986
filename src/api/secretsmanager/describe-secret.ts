import { versionsOf } from '../../records/secrets.ts';
import type { SecretsOperation } from './operation-record.ts';
import { requireSecret } from './secret-reference.ts';
import { secretFacts, stagesByVersion } from './secret-shape.ts';

/** Everything about a secret but its values. */
export const describeSecret: SecretsOperation<'DescribeSecret'> = (context, input) =>
  context.store.read((tx) => {
    const secret = requireSecret(tx, context, input);
    const stages = stagesByVersion(versionsOf(tx, secret));
    return {
      ...secretFacts(secret),
      ...(Object.keys(stages).length === 0 ? {} : { VersionIdsToStages: stages }),
    };
  });
