import { isBelow } from '../../core/secrets/parameter-selector.ts';
import { parameterArn } from '../../domain/parameter.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import type { Vault } from '../../lib/vault.ts';
import { latestVersion, parameters, versionsOfParameter } from '../../records/parameters.ts';
import type { ReadTx } from '../../store/store.ts';
import { ssmErrors } from './errors.ts';
import type { SsmOperation } from './operation-record.ts';
import { type ListedParameter, parameterTest } from './parameter-filters.ts';
import { parameterAnswer, readValue, versionFacts } from './parameter-shape.ts';

const BY_PATH_PAGE_COUNT = 10;
const DESCRIBE_PAGE_COUNT = 50;
const HISTORY_PAGE_COUNT = 50;

const nameOf = ({ parameter }: ListedParameter): string => parameter.name;

/** Parameters after a name, in order, each with its newest version. */
const listedAfter = (tx: ReadTx, after: string | undefined): readonly ListedParameter[] =>
  tx.all(parameters, { after }).flatMap((parameter) => {
    const version = latestVersion(tx, parameter);
    return version === undefined ? [] : [{ parameter, version }];
  });

/** Reads the parameters below a path. A path without any is no error. (SSM-4) */
export const getParametersByPath =
  (vault: Vault): SsmOperation<'GetParametersByPath'> =>
  (context, input) => {
    const { Path, Recursive = false, WithDecryption = false, MaxResults = BY_PATH_PAGE_COUNT } = input;
    if (!/^\/[A-Za-z0-9_.\-/]*$/.test(Path)) throw ssmErrors.path();
    const passes = parameterTest(input.ParameterFilters ?? [], 'by-path');
    return context.store.read((tx) => {
      const after = readPageToken(input.NextToken, 'InvalidNextToken');
      const rows = listedAfter(tx, after).filter(
        (listed) => isBelow(nameOf(listed), Path, Recursive) && passes(listed),
      );
      const page = pageOf(rows.slice(0, MaxResults + 1), MaxResults, nameOf);
      return {
        Parameters: page.rows.map(({ version }) =>
          parameterAnswer(context, version, { value: readValue(vault, version, WithDecryption) }),
        ),
        NextToken: page.nextToken,
      };
    });
  };

/** Describes parameters, without values. */
export const describeParameters: SsmOperation<'DescribeParameters'> = (context, input) => {
  const { Filters = [], ParameterFilters = [], MaxResults = DESCRIBE_PAGE_COUNT } = input;
  if (Filters.length > 0 && ParameterFilters.length > 0) throw ssmErrors.bothFilters();
  if (input.Shared === true) throw ssmErrors.unsupported('Shared');
  const old = Filters.map(({ Key, Values }) => ({
    Key,
    Values,
    Option: Key === 'Name' ? 'BeginsWith' : 'Equals',
  }));
  const passes = parameterTest([...ParameterFilters, ...old], 'describe');
  return context.store.read((tx) => {
    const rows = listedAfter(tx, readPageToken(input.NextToken, 'InvalidNextToken')).filter(passes);
    const page = pageOf(rows.slice(0, MaxResults + 1), MaxResults, nameOf);
    return {
      Parameters: page.rows.map(({ version }) => ({
        ...versionFacts(version),
        ARN: parameterArn(context.installation, version.name),
      })),
      NextToken: page.nextToken,
    };
  });
};

/** The versions of a parameter that are kept, oldest first, with values and labels. */
export const getParameterHistory =
  (vault: Vault): SsmOperation<'GetParameterHistory'> =>
  (context, input) => {
    const { Name, WithDecryption = false, MaxResults = HISTORY_PAGE_COUNT } = input;
    return context.store.read((tx) => {
      if (tx.get(parameters, Name) === undefined) throw ssmErrors.notFound();
      const after = Number(readPageToken(input.NextToken, 'InvalidNextToken') ?? 0);
      const rows = versionsOfParameter(tx, Name).filter(({ version }) => version > after);
      const page = pageOf(rows.slice(0, MaxResults + 1), MaxResults, ({ version }) => String(version));
      return {
        Parameters: page.rows.map((version) => ({
          ...versionFacts(version),
          Value: readValue(vault, version, WithDecryption),
          Labels: version.labels,
        })),
        NextToken: page.nextToken,
      };
    });
  };
