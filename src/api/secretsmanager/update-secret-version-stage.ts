import { moveStage, type StageRefusal } from '../../core/secrets/stages.ts';
import type { ServiceError } from '../../lib/service-error.ts';
import { secrets, versionsOf } from '../../records/secrets.ts';
import { secretsErrors } from './errors.ts';
import type { SecretsOperation } from './operation-record.ts';
import { requireLiveSecret } from './secret-reference.ts';
import { writeStages } from './secret-value.ts';

/** Moves, attaches or removes one staging label. (SEC-5) */
export const updateSecretVersionStage: SecretsOperation<'UpdateSecretVersionStage'> = (context, input) =>
  context.store.write((tx) => {
    const secret = requireLiveSecret(tx, context, input);
    const versions = versionsOf(tx, secret);
    const moved = moveStage(versions, {
      stage: input.VersionStage,
      from: input.RemoveFromVersionId,
      to: input.MoveToVersionId,
    });
    if (moved.kind === 'refused') throw refusalError(moved.refusal, input.VersionStage);
    writeStages(tx, versions, moved.versions);
    tx.put(secrets, { ...secret, lastChangedAt: context.clock.now() });
    return { ARN: secret.arn, Name: secret.name };
  });

function refusalError(refusal: StageRefusal, stage: string): ServiceError {
  switch (refusal.kind) {
    case 'unknown-version':
      return secretsErrors.noValueForVersion(refusal.versionId);
    case 'not-attached':
      return secretsErrors.stageNotAttached(stage, refusal.versionId);
    case 'source-missing':
      return secretsErrors.stageElsewhere(stage, refusal.holder);
    case 'current-needs-a-version':
      return secretsErrors.currentNeedsVersion();
    case 'nothing-named':
      return secretsErrors.nothingToMove();
  }
}
