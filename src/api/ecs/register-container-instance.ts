import {
  attributeOf,
  attributesOf,
  type HostKind,
  type HostPlace,
  hostKind,
  type IdentityDocument,
  PROVIDER_ATTRIBUTE,
  readIdentityDocument,
} from '../../core/instance/attributes.ts';
import { readTotals } from '../../core/instance/totals.ts';
import { bareDockerVersion } from '../../core/instance/version-info.ts';
import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import { containerInstanceArn, lastSegment } from '../../domain/arn.ts';
import type { ContainerInstance, InstanceAttribute } from '../../domain/container-instance.ts';
import { NO_RESOURCES, type Resources } from '../../domain/resources.ts';
import { refuse } from '../../lib/service-error.ts';
import { ownCapacityProviders } from '../../records/capacity-providers.ts';
import { clusterNameOf } from '../../records/clusters.ts';
import { containerInstances, subnets } from '../../records/collections.ts';
import { rememberToken, type TokenScope, tokenUse } from '../../records/idempotency.ts';
import { findHostCluster, findInstance, poolClusterArn } from '../../records/instances.ts';
import type { EcsOperations, RegisterContainerInstanceRequest } from '../../shapes/generated/ecs.ts';
import type { ReadTx, WriteTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { checkTags } from './cluster-rules.ts';
import { ecsErrors } from './errors.ts';
import { instanceShape } from './instance-shape.ts';

type Shapes = EcsOperations['RegisterContainerInstance'];

const ATTRIBUTE_NAME = /^[A-Za-z0-9_/\\.-]{1,128}$/;

const GPU_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** What a request says, read and checked. */
interface Registration {
  readonly input: RegisterContainerInstanceRequest;
  readonly kind: HostKind;
  readonly sent: readonly InstanceAttribute[];
  readonly identity: IdentityDocument;
  readonly totals: Resources;
}

/**
 * A host joins a cluster or, with the attribute `gantry.pool`, the pool that serves FARGATE. With its own ARN a host
 * comes back: it keeps its status and what it had reserved. The same client token again is the same call. (INS-1…INS-5)
 */
export const registerContainerInstance: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  const registration = readRegistration(input);
  const { store, installation } = context;
  return store.write((tx) => {
    const owner =
      registration.kind === 'FARGATE'
        ? poolClusterArn(installation)
        : (findHostCluster(tx, installation, input.cluster) ?? refuse(ecsErrors.clusterNotFound()));
    const known = knownInstance(tx, context, { owner, registration });
    if (known === undefined) checkInstanceCount(tx, owner);
    checkProvider(tx, { owner, registration });
    const instance =
      known?.kind === 'repeat'
        ? known.instance
        : putInstance(tx, context, { owner, registration, before: known?.instance });
    return { containerInstance: instanceShape(tx, instance, new Set(['TAGS'])) };
  });
};

/** ACTIVE and DRAINING ones count; the pool's are no cluster's. (QTA-1) */
function checkInstanceCount(tx: ReadTx, owner: string): void {
  const most = SERVICE_QUOTAS.containerInstancesPerCluster;
  if (tx.count(containerInstances, 'cluster', owner) >= most)
    throw ecsErrors.quotaReached(most, 'container instances in a cluster');
}

/** A host joins a provider of its own cluster; the pool has none. (CAP-6) */
function checkProvider(
  tx: ReadTx,
  { owner, registration }: { readonly owner: string; readonly registration: Registration },
): void {
  const name = attributeOf(registration.sent, PROVIDER_ATTRIBUTE);
  if (name !== undefined && tx.get(ownCapacityProviders, name)?.clusterArn !== owner)
    throw ecsErrors.capacityProviderUnknown();
}

function readRegistration(input: RegisterContainerInstanceRequest): Registration {
  const { attributes = [], totalResources = [], platformDevices = [], tags = [] } = input;
  checkTags(tags);
  const other = platformDevices.find(({ type }) => type !== 'GPU');
  if (other !== undefined) throw ecsErrors.unsupportedMember(`platformDevices of type ${other.type}`);
  const gpuIds = platformDevices.map(({ id }) => id);
  if (gpuIds.some((id) => !GPU_ID.test(id)) || new Set(gpuIds).size < gpuIds.length)
    throw ecsErrors.invalid('Invalid platform device.');
  for (const { name } of attributes) {
    if (!ATTRIBUTE_NAME.test(name)) throw ecsErrors.invalid(`Invalid attribute name: ${name}`);
  }
  const read = readTotals(totalResources);
  if (read.kind === 'unsupported') throw ecsErrors.unsupportedMember(`totalResources ${read.name}`);
  if (read.kind === 'malformed') throw ecsErrors.invalid(`Invalid resource: ${read.name}`);
  const sent = attributes.map(({ name, value }) =>
    value === undefined || value === '' ? { name } : { name, value },
  );
  return {
    input,
    kind: hostKind(sent),
    sent,
    identity: readIdentityDocument(input.instanceIdentityDocument),
    totals: gpuIds.length === 0 ? read.totals : { ...read.totals, gpuIds: gpuIds.toSorted() },
  };
}

interface Known {
  readonly kind: 'repeat' | 'return';
  readonly instance: ContainerInstance;
}

/** The instance that the request is about when it is not a new one: the call again, or the host again. */
function knownInstance(
  tx: ReadTx,
  { clock }: Context,
  { owner, registration }: { owner: string; registration: Registration },
): Known | undefined {
  const { input, kind } = registration;
  const scope = tokenScope(owner, input.clientToken);
  if (scope !== undefined) {
    const use = tokenUse(tx, scope, { input, now: clock.now() });
    const [arn = ''] = use.kind === 'first' ? [] : use.resourceArns;
    const instance = findInstance(tx, owner, arn);
    if (instance !== undefined && instance.status !== 'INACTIVE') return { kind: 'repeat', instance };
  }
  if ((input.containerInstanceArn ?? '') === '') return undefined;
  const instance = tx.get(containerInstances, input.containerInstanceArn ?? '');
  if (instance === undefined || instance.clusterArn !== owner) {
    throw ecsErrors.instanceNotRegistered(lastSegment(input.containerInstanceArn ?? ''));
  }
  if (instance.status === 'INACTIVE') throw ecsErrors.instanceInactive(instance.instanceId);
  if (instance.launchType !== kind) throw ecsErrors.instanceTypeChanged();
  return { kind: 'return', instance };
}

function putInstance(
  tx: WriteTx,
  context: Context,
  wanted: { owner: string; registration: Registration; before: ContainerInstance | undefined },
): ContainerInstance {
  const { clock } = context;
  const { owner, registration, before } = wanted;
  const { input, identity, kind, sent, totals } = registration;
  const place = placeOf(tx, context.installation.region);
  const attributes = attributesOf({ sent, before: before?.attributes ?? [], identity, kind, place });
  const row: ContainerInstance =
    before === undefined
      ? { ...newInstance(context, owner, registration), attributes }
      : {
          ...before,
          attributes,
          registered: totals,
          version: before.version + 1,
          agentRun: input.clientToken,
          ...versionsOf(input),
        };
  tx.put(containerInstances, row);
  const scope = tokenScope(owner, input.clientToken);
  if (scope !== undefined) {
    rememberToken(tx, scope, { input, resourceArns: [row.containerInstanceArn], now: clock.now() });
  }
  return row;
}

function newInstance(
  { ids, clock, installation }: Context,
  owner: string,
  { input, identity, kind, totals }: Registration,
): Omit<ContainerInstance, 'attributes'> {
  const instanceId = ids.hex(32);
  const now = clock.now();
  return {
    containerInstanceArn: containerInstanceArn(installation, clusterNameOf(owner), instanceId),
    instanceId,
    clusterArn: owner,
    pool: kind === 'FARGATE' ? 'FARGATE' : 'CLUSTER',
    launchType: kind,
    ec2InstanceId: identity.instanceId ?? `${kind === 'EXTERNAL' ? 'mi' : 'i'}-${ids.hex(17)}`,
    status: 'ACTIVE',
    agentConnected: false,
    connectivityAt: now,
    ...versionsOf(input),
    registered: totals,
    reserved: NO_RESOURCES,
    registeredAt: now,
    version: 1,
    lastSequenceNumber: 0,
    clientToken: input.clientToken,
    agentRun: input.clientToken,
    tags: input.tags ?? [],
  };
}

/** Agents tell their versions when they connect; only other clients tell them here. */
function versionsOf({ versionInfo = {} }: RegisterContainerInstanceRequest): Partial<ContainerInstance> {
  const { agentVersion, agentHash, dockerVersion } = versionInfo;
  return {
    ...(agentVersion === undefined ? {} : { agentVersion }),
    ...(agentHash === undefined ? {} : { agentHash }),
    ...(dockerVersion === undefined ? {} : { dockerVersion: bareDockerVersion(dockerVersion) }),
  };
}

/**
 * A host that does not name its zone is in the first one, so that hosts of one place can serve the same subnets. A host
 * in another place sends `ecs.availability-zone`. (INS-5)
 */
function placeOf(tx: ReadTx, region: string): HostPlace {
  const availabilityZone = `${region}a`;
  const subnet = tx.all(subnets).find((row) => row.availabilityZone === availabilityZone && row.defaultForAz);
  return { availabilityZone, vpcId: subnet?.vpcId, subnetId: subnet?.subnetId };
}

const tokenScope = (clusterArn: string, token: string | undefined): TokenScope | undefined =>
  token === undefined || token === ''
    ? undefined
    : { operation: 'RegisterContainerInstance', clusterArn, token };
