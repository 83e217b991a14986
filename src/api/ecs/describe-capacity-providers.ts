import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import type { CapacityProvider, EcsOperations, Failure } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { arnOf, FARGATE_PROVIDERS, findProvider } from './capacity-providers.ts';
import { ecsErrors } from './errors.ts';
import { activeCluster } from './service-reference.ts';

type Shapes = EcsOperations['DescribeCapacityProviders'];

const { capacityProvidersPerDescribe: DESCRIBE_MAX_COUNT, capacityProvidersPage: PAGE_MAX_COUNT } =
  SERVICE_QUOTAS;

/** Describes the named providers, or all; with a cluster only those that are associated with it. (CAP-2) */
export const describeCapacityProviders: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  const { capacityProviders = [], cluster = '', maxResults = PAGE_MAX_COUNT } = input;
  if (capacityProviders.length > DESCRIBE_MAX_COUNT) {
    throw ecsErrors.invalid(`capacityProviders can have at most ${DESCRIBE_MAX_COUNT} items.`);
  }
  if (!Number.isInteger(maxResults) || maxResults < 1 || maxResults > PAGE_MAX_COUNT) {
    throw ecsErrors.invalid(`maxResults must be between 1 and ${PAGE_MAX_COUNT}.`);
  }
  const associated =
    cluster === ''
      ? FARGATE_PROVIDERS
      : store.read((tx) => activeCluster(tx, installation, cluster)).capacityProviders;
  const found: CapacityProvider[] = [];
  const failures: Failure[] = [];
  for (const name of capacityProviders.length > 0 ? capacityProviders : associated) {
    const provider = findProvider(installation, name);
    const isMeant = provider?.name !== undefined && associated.some((other) => other === provider.name);
    if (isMeant) found.push(provider);
    else failures.push({ arn: arnOf(installation, name), reason: 'MISSING' });
  }
  const after = Number(readPageToken(input.nextToken) ?? '0');
  const numbered = found.map((provider, at) => ({ provider, at: at + 1 })).slice(after);
  const page = pageOf(numbered, maxResults, ({ at }) => `${at}`);
  return {
    capacityProviders: page.rows.map(({ provider }) => provider),
    failures,
    nextToken: page.nextToken,
  };
};
