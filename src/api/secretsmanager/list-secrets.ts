import { isSecretThere, type Secret, type SecretVersion } from '../../domain/secret.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { secrets, versionsOf } from '../../records/secrets.ts';
import type { Filter, ListSecretsRequest } from '../../shapes/generated/secretsmanager.ts';
import type { Context } from '../operation.ts';
import { secretsErrors } from './errors.ts';
import type { SecretsOperation } from './operation-record.ts';
import { secretFacts, stagesByVersion } from './secret-shape.ts';

/** The page size when none is asked for, and the largest. */
const PAGE_MAX_COUNT = 100;

type Order = Pick<ListSecretsRequest, 'SortBy' | 'SortOrder'>;

/** Lists secrets, the newest first unless asked otherwise. (SEC-10) */
export const listSecrets: SecretsOperation<'ListSecrets'> = (context, input) =>
  context.store.read((tx) => {
    const size = input.MaxResults ?? PAGE_MAX_COUNT;
    const matching = selectedSecrets(tx.all(secrets), context, input.Filters ?? []).filter(
      ({ deletedAt }) => input.IncludePlannedDeletion === true || deletedAt === undefined,
    );
    const rows = matching.toSorted(orderOf(input));
    const after = readPageToken(input.NextToken, 'InvalidNextTokenException');
    const start = after === undefined ? 0 : rows.findIndex(({ arn }) => arn === after) + 1;
    const page = pageOf(rows.slice(start, start + size + 1), size, ({ arn }) => arn);
    return {
      SecretList: page.rows.map((secret) => ({
        ...secretFacts(secret),
        ...stagesOf(versionsOf(tx, secret)),
      })),
      NextToken: page.nextToken,
    };
  });

function stagesOf(versions: readonly SecretVersion[]) {
  const stages = stagesByVersion(versions);
  return Object.keys(stages).length === 0 ? {} : { SecretVersionsToStages: stages };
}

/** The secrets that are there and match every filter. (SEC-10) */
export function selectedSecrets(
  rows: readonly Secret[],
  { clock, installation }: Pick<Context, 'clock' | 'installation'>,
  filters: readonly Filter[],
): readonly Secret[] {
  const now = clock.now();
  for (const { Key, Values } of filters) {
    if (Key === undefined || Values === undefined || Values.length === 0) throw secretsErrors.invalidFilter();
  }
  return rows.filter(
    (secret) =>
      isSecretThere(secret, now) && filters.every((filter) => matches(secret, filter, installation.region)),
  );
}

function matches(secret: Secret, { Key, Values = [] }: Filter, region: string): boolean {
  const { name, description = '', tags } = secret;
  switch (Key) {
    case 'name':
      return isAny([name], Values, startsWith);
    case 'description':
      return isAny(description.split(/\s+/), Values, startsWithoutCase);
    case 'tag-key':
      return isAny(
        tags.map((tag) => tag.Key),
        Values,
        startsWith,
      );
    case 'tag-value':
      return isAny(
        tags.map((tag) => tag.Value),
        Values,
        startsWith,
      );
    case 'primary-region':
      return isAny([region], Values, startsWith);
    case 'owning-service':
      return Values.every((value) => value.startsWith('!'));
    default:
      return isAny(wordsOf(secret, region), Values, startsWithoutCase);
  }
}

const wordsOf = ({ name, description = '', tags }: Secret, region: string): readonly string[] => [
  ...name.split(/[\s/_+=.@!-]+/),
  name,
  ...description.split(/\s+/),
  ...tags.flatMap(({ Key, Value }) => [Key, Value]),
  region,
];

const startsWith = (text: string, value: string): boolean => text.startsWith(value);
const startsWithoutCase = (text: string, value: string): boolean =>
  text.toLowerCase().startsWith(value.toLowerCase());

/** One of the values fits one of the texts; a value after `!` must fit none. */
function isAny(
  texts: readonly string[],
  values: readonly string[],
  fits: (text: string, value: string) => boolean,
): boolean {
  const negated = values.filter((value) => value.startsWith('!')).map((value) => value.slice(1));
  const wanted = values.filter((value) => !value.startsWith('!'));
  const has = (value: string): boolean => texts.some((text) => fits(text, value));
  return !negated.some(has) && (wanted.length === 0 || wanted.some(has));
}

function orderOf({ SortBy = 'created-date', SortOrder = 'desc' }: Order): (a: Secret, b: Secret) => number {
  const sign = SortOrder === 'asc' ? 1 : -1;
  const byName = (a: Secret, b: Secret): number => (a.name < b.name ? -1 : 1);
  if (SortBy === 'name') return (a, b) => sign * byName(a, b);
  const value = (secret: Secret): number =>
    SortBy === 'last-changed-date'
      ? secret.lastChangedAt
      : SortBy === 'last-accessed-date'
        ? (secret.lastAccessedAt ?? 0)
        : secret.createdAt;
  return (a, b) => sign * (value(a) - value(b)) || byName(a, b);
}
