import { parseArn, type Scope } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { Daemon, DaemonTaskDefinition } from '../../domain/daemon.ts';
import { findOwnProvider } from '../../records/capacity-providers.ts';
import { findDaemonDefinition } from '../../records/daemon-definitions.ts';
import { findDaemon } from '../../records/daemons.ts';
import type { DaemonDeploymentConfiguration } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import { ecsErrors } from './errors.ts';
import { checkTaskRoles } from './launch-rules.ts';

const NAME = /^[A-Za-z0-9_-]{1,255}$/;
const BAKE_MAX_MINUTES = 1440;

/** A deployment configuration when its maker names none. (MDM-11; AWS: managed-daemons-deployments) */
const DEFAULT_DAEMON_DEPLOYMENT: DaemonDeploymentConfiguration = {
  drainPercent: 25,
  bakeTimeInMinutes: 0,
  alarms: { alarmNames: [], enable: false },
};

/** Refuses a name that no daemon can have. (MDM-10) */
export function checkDaemonName(name: string): void {
  if (!NAME.test(name)) throw ecsErrors.daemonNameInvalid(name);
}

/** `current`, or the defaults, with the members that are given. (MDM-11) */
export function readDaemonDeployment(
  given: DaemonDeploymentConfiguration | undefined,
  current: DaemonDeploymentConfiguration = DEFAULT_DAEMON_DEPLOYMENT,
): DaemonDeploymentConfiguration {
  const drainPercent = given?.drainPercent ?? current.drainPercent ?? 25;
  const bakeTimeInMinutes = given?.bakeTimeInMinutes ?? current.bakeTimeInMinutes ?? 0;
  if (!(drainPercent >= 1 && drainPercent <= 100))
    throw ecsErrors.invalid('drainPercent must be between 1.0 and 100.0.');
  if (!(bakeTimeInMinutes >= 0 && bakeTimeInMinutes <= BAKE_MAX_MINUTES))
    throw ecsErrors.invalid(`bakeTimeInMinutes must be between 0 and ${BAKE_MAX_MINUTES}.`);
  const alarms = given?.alarms ?? current.alarms;
  return {
    drainPercent,
    bakeTimeInMinutes,
    alarms: { alarmNames: alarms?.alarmNames ?? [], enable: alarms?.enable ?? false },
  };
}

/** Names of the cluster's own providers that ARNs mean, each once. (MDM-10) */
export function readDaemonProviders(
  tx: ReadTx,
  { scope, cluster }: { readonly scope: Scope; readonly cluster: Pick<Cluster, 'clusterArn'> },
  arns: readonly string[],
): readonly string[] {
  if (arns.length === 0) throw ecsErrors.daemonProvidersEmpty();
  const names = arns.map((arn) => {
    const provider = findOwnProvider(tx, scope, arn);
    if (provider?.clusterArn !== cluster.clusterArn) throw ecsErrors.daemonProvider(arn);
    return provider.name;
  });
  return [...new Set(names)];
}

/** A definition that tasks can be started with: ACTIVE, its roles assumable. (MDM-10) */
export function usableDaemonDefinition(tx: ReadTx, scope: Scope, arn: string): DaemonTaskDefinition {
  const definition = findDaemonDefinition(tx, scope, arn);
  if (definition === undefined) throw ecsErrors.daemonDefinitionUnknown();
  if (definition.status !== 'ACTIVE') throw ecsErrors.daemonDefinitionInactive();
  const { taskRoleArn, executionRoleArn } = definition.document;
  checkTaskRoles(tx, scope, [taskRoleArn, executionRoleArn]);
  return definition;
}

/** The daemon of an ARN, or the error that the request gets. (MDM-13) */
export function existingDaemon(tx: ReadTx, arn: string): Daemon {
  if (parseArn(arn)?.resource.startsWith('daemon/') !== true) throw ecsErrors.invalidArn(arn);
  const daemon = findDaemon(tx, arn);
  if (daemon === undefined) throw ecsErrors.daemonNotFound();
  return daemon;
}

/** Whether commands can be run in the tasks of a revision: only those that have a task role take any. (MDM-11, EXE-2) */
export function checkedDaemonExec(isEnabled: boolean, { document }: DaemonTaskDefinition): boolean {
  if (isEnabled && !document.taskRoleArn) throw ecsErrors.execTaskRole();
  return isEnabled;
}
