import { reconcileService } from '../../core/deployment/reconcile-service.ts';
import type { SchedulerSettings, ServiceView } from '../../core/deployment/service-view.ts';
import { parseArn } from '../../domain/arn.ts';
import type { Service } from '../../domain/service.ts';
import { type Clock, type Instant, plusMs } from '../../lib/clock.ts';
import type { Installation } from '../../lib/config.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import type { AlarmSource } from '../../records/alarms.ts';
import { services, tasks } from '../../records/collections.ts';
import { daemonHostsOf } from '../../records/daemon-hosts.ts';
import { hostsOf } from '../../records/instances.ts';
import { followedDeployments, serviceDeployments } from '../../records/service-deployments.ts';
import { zonesOf } from '../../records/service-zones.ts';
import { deleteService } from '../../records/services.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import type { ReadTx, Store, WriteTx } from '../../store/store.ts';
import { applyDecisions, hasStaleNotice } from './apply-decisions.ts';
import type { ApplyDeps } from './change-deployment.ts';
import type { ClusterZones } from './cluster-zones.ts';
import type { FoundHosts } from './found-hosts.ts';
import type { Search } from './waiting-for-room.ts';

/** What a look at a service may use. */
export interface SchedulerDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly installation: Installation;
  readonly settings: SchedulerSettings;
  readonly alarms: AlarmSource;
  readonly zones: ClusterZones;
  /** Whether hosts may be found for tasks of a service. */
  readonly mayFind: (serviceArn: string, search: Search) => boolean;
  readonly found: FoundHosts;
}

/** What is left to do after a look at a service. */
export interface ReconcileOutcome {
  /** Look again at this instant, whatever happens. */
  readonly wakeAt?: Instant | undefined;
  /** Tasks were to be started and no host had room. */
  readonly isWaitingForRoom: boolean;
  /** Tasks were started. */
  readonly hasStarted: boolean;
  /** Hosts were found for more tasks than were started. */
  readonly goesOn: boolean;
  /** What hosts were searched for in vain. */
  readonly vain: readonly Search[];
  /** How many live tasks it has. */
  readonly taskCount: number;
}

const NOTHING_LEFT: ReconcileOutcome = {
  isWaitingForRoom: false,
  hasStarted: false,
  goesOn: false,
  vain: [],
  taskCount: 0,
};

/** How long a deleted service stays describable. AWS names no time; clients wait for minutes at most. (SVC-11) */
const INACTIVE_LIFE_MS = 60 * 60 * 1000;

/**
 * Looks at a service once: reads it, asks the core, and writes what it decided in one transaction. Running it twice does
 * no more than once. Reads first, because most looks find nothing to do and a write costs a place in the log.
 */
export async function reconcileServiceOnce(
  deps: SchedulerDeps,
  serviceArn: string,
): Promise<ReconcileOutcome> {
  const seen = deps.store.read((tx) => lookAt(deps, tx, serviceArn));
  if (seen === undefined) return NOTHING_LEFT;
  const { wakeAt, taskCount } = seen;
  if (!seen.hasWork) return { ...NOTHING_LEFT, wakeAt, taskCount };
  return deps.store.write((tx) => act(deps, tx, serviceArn));
}

interface Look {
  readonly service: Service;
  readonly decisions: ReturnType<typeof reconcileService>;
  readonly hasWork: boolean;
  readonly wakeAt: Instant | undefined;
  readonly taskCount: number;
}

function lookAt(
  { clock, settings, alarms, zones, installation }: SchedulerDeps,
  tx: ReadTx,
  serviceArn: string,
): Look | undefined {
  const service = tx.get(services, serviceArn);
  if (service === undefined) return undefined;
  const live = tx.find(tasks, 'service', serviceArn);
  const view: ServiceView = {
    service,
    tasks: live,
    hosts: hostsOf(tx, live),
    endedTasks: tx.find(tasks, 'uncounted', serviceArn),
    raisedAlarms: alarms(tx, watchedAlarms(service)),
    zones: zonesOf(tx, service, (clusterArn) => zones.of(clusterArn)),
    daemonHosts: daemonHostsOf(tx, service, installation),
    resolvesImages: resolvesImages(tx, service),
    settings,
    now: clock.now(),
  };
  const decisions = reconcileService(view);
  const wake = decisions.find((decision) => decision.kind === 'wake-at');
  const wakeAt = service.status === 'INACTIVE' ? forgottenAt(service, clock.now()) : wake?.at;
  const isOver = service.status === 'INACTIVE' && clock.now() >= forgottenAt(service, clock.now());
  return {
    service,
    decisions,
    hasWork:
      decisions.some(({ kind }) => kind !== 'wake-at') ||
      isOver ||
      hasStaleNotice(service, decisions) ||
      followedDeployments(tx, service, clock.now()).length > 0,
    wakeAt,
    taskCount: view.tasks.length,
  };
}

/** Some image is named by a tag, and all tasks of the deployment are to run what it stood for at first. (DEP-25) */
function resolvesImages(tx: ReadTx, { deployments: [primary] }: Service): boolean {
  // Only failures make a difference, so that a look at a service that is well reads no definition.
  if (primary === undefined || primary.failedTasks === 0) return false;
  const scope = parseArn(primary.spec.taskDefinitionArn);
  const definition = scope && findTaskDefinition(tx, scope, primary.spec.taskDefinitionArn);
  return (definition?.document.containerDefinitions ?? []).some(
    ({ image = '', versionConsistency }) => versionConsistency !== 'disabled' && !image.includes('@'),
  );
}

const watchedAlarms = ({ deploymentConfiguration: { alarms } }: Service): readonly string[] =>
  alarms?.enable === true ? alarms.alarmNames : [];

const forgottenAt = ({ inactiveAt }: Service, now: Instant): Instant =>
  plusMs(inactiveAt ?? now, INACTIVE_LIFE_MS);

function act(deps: SchedulerDeps, tx: WriteTx, serviceArn: string): ReconcileOutcome {
  const look = lookAt(deps, tx, serviceArn);
  if (look === undefined) return NOTHING_LEFT;
  const { service, decisions, wakeAt, taskCount } = look;
  if (service.status === 'INACTIVE' && wakeAt !== undefined && deps.clock.now() >= wakeAt) {
    deleteService(tx, serviceArn);
    return NOTHING_LEFT;
  }
  const before = tx.count(tasks, 'service', serviceArn);
  const vain: Search[] = [];
  const applying: ApplyDeps = {
    ...deps,
    tx,
    now: deps.clock.now(),
    mayFind: (search) => deps.mayFind(serviceArn, search),
    onVain: (search) => vain.push(search),
  };
  const after = applyDecisions(applying, service, decisions);
  if (after !== service) tx.put(services, after);
  for (const record of followedDeployments(tx, after, deps.clock.now())) tx.put(serviceDeployments, record);
  return {
    wakeAt,
    taskCount,
    isWaitingForRoom: after.launchNotice !== undefined && after.launchNotice.cause !== 'refused',
    hasStarted: tx.count(tasks, 'service', serviceArn) > before,
    goesOn: after.deployments.some(({ id }) => deps.found.has(id)),
    vain,
  };
}
