import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { versionsOf } from '../../records/secrets.ts';
import type { SecretsOperation } from './operation-record.ts';
import { requireSecret } from './secret-reference.ts';

const PAGE_MAX_COUNT = 100;

/** Lists the versions of a secret; those without a label only when asked for. */
export const listSecretVersionIds: SecretsOperation<'ListSecretVersionIds'> = (context, input) =>
  context.store.read((tx) => {
    const secret = requireSecret(tx, context, input);
    const size = input.MaxResults ?? PAGE_MAX_COUNT;
    const after = readPageToken(input.NextToken, 'InvalidNextTokenException');
    const rows = versionsOf(tx, secret).filter(
      ({ stages }) => input.IncludeDeprecated === true || stages.length > 0,
    );
    const start = after === undefined ? 0 : rows.findIndex(({ versionId }) => versionId === after) + 1;
    const page = pageOf(rows.slice(start, start + size + 1), size, ({ versionId }) => versionId);
    return {
      Versions: page.rows.map(({ versionId, stages, createdAt, lastAccessedAt }) => ({
        VersionId: versionId,
        ...(stages.length === 0 ? {} : { VersionStages: stages }),
        LastAccessedDate: lastAccessedAt,
        CreatedDate: createdAt,
        KmsKeyIds: ['DefaultEncryptionKey'],
      })),
      NextToken: page.nextToken,
      ARN: secret.arn,
      Name: secret.name,
    };
  });
