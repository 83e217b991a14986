import { changedValues, redeploysOnChange } from '../../core/secrets/redeploy.ts';
import type { Deployment, Service } from '../../domain/service.ts';
import { type Clock, plusMs } from '../../lib/clock.ts';
import type { Installation } from '../../lib/config.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import { beginDeployment } from '../../records/begin-deployment.ts';
import { services } from '../../records/collections.ts';
import { parameterVersions } from '../../records/parameters.ts';
import {
  type LookUp,
  type SecretWatch,
  secretWatches,
  sourceName,
  valueVersions,
} from '../../records/secret-watches.ts';
import { secretVersions } from '../../records/secrets.ts';
import { appendServiceEvent } from '../../records/services.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import type { ReadTx, Store, WriteTx } from '../../store/store.ts';
import { createWorkQueue } from '../work-queue.ts';

/** What the controller needs. */
export interface SecretWatchOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly installation: Installation;
}

/** How long after a change a service is looked at: changes that come together make one deployment. */
export const QUIET_MS = 2_000;

/**
 * Deploys services anew when a value that their tasks read has a new version, where a tag or a label asks for it.
 * Level-triggered: what the tasks of a deployment read is a row, compared with what is there. (TSC-9)
 */
export function startSecretWatch(options: SecretWatchOptions): { stop(): void; idle(): Promise<void> } {
  const { store, clock, log } = options;
  const queue = createWorkQueue({
    name: 'secret-watch',
    clock,
    log,
    handle: async (serviceArn) => {
      const step = store.read((tx) => nextStep(options, tx, serviceArn));
      if (step.kind !== 'nothing') await store.write((tx) => apply(options, tx, serviceArn));
    },
  });
  const unwatch = store.watch(({ changes }) => {
    for (const { collection, key } of changes) if (collection === services.name) queue.add(key);
    const hasNewValues = changes.some(({ collection }) => VALUES.has(collection));
    if (!hasNewValues) return;
    const at = plusMs(clock.now(), QUIET_MS);
    for (const { serviceArn } of store.read((tx) => tx.all(secretWatches))) queue.addAt(serviceArn, at);
  });
  for (const { serviceArn } of store.read((tx) => tx.all(services))) queue.add(serviceArn);
  return {
    stop: () => {
      unwatch();
      queue.stop();
    },
    idle: () => queue.idle(),
  };
}

const VALUES: ReadonlySet<string> = new Set([secretVersions.name, parameterVersions.name]);

type Step =
  | { readonly kind: 'nothing' }
  /** The service asks for no watch any more. */
  | { readonly kind: 'forget' }
  /** The tasks of a new deployment read what is there now. */
  | { readonly kind: 'note'; readonly watch: SecretWatch }
  | {
      readonly kind: 'redeploy';
      readonly service: Service;
      readonly versions: SecretWatch['versions'];
      readonly changed: readonly string[];
    };

function nextStep({ installation, clock }: SecretWatchOptions, tx: ReadTx, serviceArn: string): Step {
  const known = tx.get(secretWatches, serviceArn);
  const watched = watchedService(tx, installation, serviceArn);
  if (watched === undefined) return { kind: known === undefined ? 'nothing' : 'forget' };
  const { service, primary, containers } = watched;
  const versions = valueVersions({ tx, scope: installation, now: clock.now() }, containers);
  if (known?.deploymentId !== primary.id) {
    return { kind: 'note', watch: { serviceArn, deploymentId: primary.id, versions } };
  }
  const changed = changedValues(known.versions, versions);
  if (changed.length > 0) return { kind: 'redeploy', service, versions, changed };
  // What was not there before is known from now on.
  const isNew = Object.keys(versions).some((valueFrom) => known.versions[valueFrom] === undefined);
  return isNew
    ? { kind: 'note', watch: { ...known, versions: { ...versions, ...known.versions } } }
    : { kind: 'nothing' };
}

/** The service with its PRIMARY deployment and containers, when it asks for a watch and can be deployed. */
function watchedService(tx: ReadTx, scope: Installation, serviceArn: string) {
  const service = tx.get(services, serviceArn);
  const primary: Deployment | undefined = service?.deployments[0];
  if (service?.status !== 'ACTIVE' || primary === undefined) return undefined;
  if ((service.deploymentController ?? 'ECS') !== 'ECS') return undefined;
  const definition = findTaskDefinition(tx, scope, primary.spec.taskDefinitionArn);
  const containers = definition?.document.containerDefinitions ?? [];
  return redeploysOnChange(service.tags, containers) ? { service, primary, containers } : undefined;
}

function apply(options: SecretWatchOptions, tx: WriteTx, serviceArn: string): void {
  const step = nextStep(options, tx, serviceArn);
  switch (step.kind) {
    case 'nothing':
      return;
    case 'forget':
      tx.delete(secretWatches, serviceArn);
      return;
    case 'note':
      tx.put(secretWatches, step.watch);
      return;
    case 'redeploy': {
      const { clock, ids, installation, log } = options;
      const now = clock.now();
      const where: LookUp = { tx, scope: installation, now };
      const names = [...new Set(step.changed.map((valueFrom) => sourceName(where, valueFrom)))].sort();
      const deployed = beginDeployment(
        { tx, ids, now, scope: installation },
        step.service,
        step.service.spec,
      );
      const message = `has started a new deployment because a secret has changed: ${names.join(', ')}.`;
      tx.put(services, appendServiceEvent(tx, deployed, { message, ids, now }));
      const deploymentId = deployed.deployments[0]?.id ?? '';
      tx.put(secretWatches, { serviceArn, deploymentId, versions: step.versions });
      log.info('secret-watch.redeployed', { serviceArn, changedCount: names.length });
    }
  }
}
