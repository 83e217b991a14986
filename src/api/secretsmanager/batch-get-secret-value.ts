import { CURRENT } from '../../core/secrets/stages.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { clientError, ServiceError } from '../../lib/service-error.ts';
import type { Vault } from '../../lib/vault.ts';
import { secrets } from '../../records/secrets.ts';
import type { ReadTx } from '../../store/store.ts';
import { createAuthorizer } from '../authorize.ts';
import type { Context } from '../operation.ts';
import { secretCheck } from './authorization.ts';
import { secretsErrors } from './errors.ts';
import { type ChosenVersion, chosenVersion, noteAccess, valueAnswer } from './get-secret-value.ts';
import { selectedSecrets } from './list-secrets.ts';
import type { SecretsOperation } from './operation-record.ts';

/** At most this many secrets in one answer. */
const BATCH_MAX_COUNT = 20;

/** Reads the current values of several secrets, by name or by filter. What fails is told apart. (SEC-11) */
export const batchGetSecretValue =
  (vault: Vault): SecretsOperation<'BatchGetSecretValue'> =>
  async (context, input) => {
    const { SecretIdList = [], Filters = [], MaxResults = BATCH_MAX_COUNT } = input;
    if (SecretIdList.length > 0 === Filters.length > 0) throw secretsErrors.batchChoice();
    const read = context.store.read((tx) => {
      const after = readPageToken(input.NextToken, 'InvalidNextTokenException');
      const rows = selectedSecrets(tx.all(secrets, { after }), context, Filters).filter(
        ({ deletedAt }) => deletedAt === undefined,
      );
      const page = pageOf(rows.slice(0, MaxResults + 1), MaxResults, ({ name }) => name);
      const wanted = SecretIdList.length > 0 ? SecretIdList : page.rows.map(({ arn }) => arn);
      const answers = wanted.map((SecretId) =>
        orError(SecretId, () => {
          // The ids of a request were looked at before; what a filter finds is known only here.
          if (SecretIdList.length === 0) checkReading(tx, context, SecretId);
          return chosenVersion(tx, context, { SecretId });
        }),
      );
      return { answers, nextToken: SecretIdList.length > 0 ? undefined : page.nextToken };
    });
    const found = read.answers.flatMap((answer) => ('version' in answer ? [answer] : []));
    await noteAccess(context, found);
    return {
      SecretValues: found.map((each) => valueAnswer(vault, each)),
      Errors: read.answers.flatMap((answer) => ('version' in answer ? [] : [answer])),
      NextToken: read.nextToken,
    };
  };

/** Stops at a secret whose value the caller may not read. (SEC-11) */
function checkReading(tx: ReadTx, context: Context, SecretId: string): void {
  const check = secretCheck({ ...context, tx }, { SecretId });
  const text = createAuthorizer(context).refusalOf(context, {
    ...check,
    keys: { ...check.keys, 'secretsmanager:versionstage': CURRENT },
    action: 'secretsmanager:GetSecretValue',
  });
  if (text !== undefined) throw clientError('AccessDeniedException', text);
}

function orError(SecretId: string, find: () => ChosenVersion) {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { SecretId, ErrorCode: error.code, Message: error.message };
  }
}
