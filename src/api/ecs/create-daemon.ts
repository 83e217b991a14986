import { daemonArn } from '../../domain/arn.ts';
import type { Daemon } from '../../domain/daemon.ts';
import { beginDaemonDeployment } from '../../records/begin-daemon-deployment.ts';
import { daemons, forgetDaemon } from '../../records/daemons.ts';
import { rememberToken, tokenUse } from '../../records/idempotency.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { WriteTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { checkTags } from './cluster-rules.ts';
import {
  checkDaemonName,
  checkedDaemonExec,
  existingDaemon,
  readDaemonDeployment,
  readDaemonProviders,
  usableDaemonDefinition,
} from './daemon-rules.ts';
import { ecsErrors } from './errors.ts';
import { activeCluster } from './service-reference.ts';

type Shapes = EcsOperations['CreateDaemon'];

/** Makes a daemon and the deployment that brings it to the hosts of its providers. (MDM-10 to MDM-12) */
export const createDaemon: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const { store, clock, installation: scope } = context;
  checkDaemonName(input.daemonName);
  checkTags(input.tags ?? []);
  const deploymentConfiguration = readDaemonDeployment(input.deploymentConfiguration);
  return store.write((tx) => {
    const now = clock.now();
    const cluster = activeCluster(tx, scope, input.clusterArn);
    const { clientToken: token = '' } = input;
    const tokenScope = { operation: 'CreateDaemon', clusterArn: cluster.clusterArn, token };
    const use = token === '' ? undefined : tokenUse(tx, tokenScope, { input, now });
    if (use?.kind === 'conflict') throw ecsErrors.daemonExists();
    if (use?.kind === 'repeat') return answerOf(existingDaemon(tx, use.resourceArns[0] ?? ''));
    const arn = daemonArn(scope, cluster.clusterName, input.daemonName);
    makeRoom(tx, arn);
    const capacityProviderNames = readDaemonProviders(tx, { scope, cluster }, input.capacityProviderArns);
    const definition = usableDaemonDefinition(tx, scope, input.daemonTaskDefinitionArn);
    const row: Daemon = {
      daemonArn: arn,
      daemonName: input.daemonName,
      clusterArn: cluster.clusterArn,
      clusterName: cluster.clusterName,
      status: 'ACTIVE',
      createdAt: now,
      updatedAt: now,
      deploymentConfiguration,
      targetRevisionArn: '',
      deploymentArn: '',
      setbacks: {},
      tags: input.tags ?? [],
    };
    const daemon = beginDaemonDeployment(beginDeps(tx, context), row, {
      daemonTaskDefinitionArn: definition.daemonTaskDefinitionArn,
      capacityProviderNames,
      propagateTags: input.propagateTags ?? 'NONE',
      enableEcsManagedTags: input.enableECSManagedTags ?? false,
      enableExecuteCommand: checkedDaemonExec(input.enableExecuteCommand ?? false, definition),
      critical: input.critical ?? true,
    });
    if (token !== '') rememberToken(tx, tokenScope, { input, resourceArns: [arn], now });
    return answerOf(daemon);
  });
};

/** What beginning a deployment may use in a transaction of a request. */
export const beginDeps = (tx: WriteTx, { ids, clock, installation: scope }: Context) => ({
  tx,
  ids,
  now: clock.now(),
  scope,
});

/** A deleted daemon's name is free, and its history ends with the next one of the name. */
function makeRoom(tx: WriteTx, arn: string): void {
  const before = tx.get(daemons, arn);
  if (before === undefined) return;
  if (before.status !== 'DELETED') throw ecsErrors.daemonExists();
  forgetDaemon(tx, before);
}

const answerOf = ({ daemonArn: arn, status, createdAt, deploymentArn }: Daemon): Shapes['output'] => ({
  daemonArn: arn,
  status: status === 'ACTIVE' ? 'ACTIVE' : 'DELETE_IN_PROGRESS',
  createdAt,
  deploymentArn,
});
