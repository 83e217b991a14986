import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import type { Scope } from '../../domain/arn.ts';
import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { findOwnProvider, ownCapacityProviders } from '../../records/capacity-providers.ts';
import type { CapacityProvider, EcsOperations, Failure } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { arnOf, FARGATE_PROVIDERS, findProvider, ownProviderShape } from './capacity-providers.ts';
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
  const { found, failures } = store.read((tx) => {
    const meant = cluster === '' ? undefined : activeCluster(tx, installation, cluster).capacityProviders;
    const all = [...FARGATE_PROVIDERS, ...tx.all(ownCapacityProviders).map(({ name }) => name)];
    const wanted = capacityProviders.length > 0 ? capacityProviders : (meant ?? all);
    const known: CapacityProvider[] = [];
    const missing: Failure[] = [];
    for (const name of wanted) {
      const provider = providerShape(tx, installation, name);
      const isMeant = provider?.name !== undefined && (meant ?? all).includes(provider.name);
      if (isMeant) known.push(provider);
      else missing.push({ arn: arnOf(installation, name), reason: 'MISSING' });
    }
    return { found: known, failures: missing };
  });
  const after = Number(readPageToken(input.nextToken) ?? '0');
  const numbered = found.map((provider, at) => ({ provider, at: at + 1 })).slice(after);
  const page = pageOf(numbered, maxResults, ({ at }) => `${at}`);
  return {
    capacityProviders: page.rows.map(({ provider }) => provider),
    failures,
    nextToken: page.nextToken,
  };
};

function providerShape(tx: ReadTx, scope: Scope, name: string): CapacityProvider | undefined {
  const own = findOwnProvider(tx, scope, name);
  return own === undefined ? findProvider(scope, name) : ownProviderShape(own);
}
