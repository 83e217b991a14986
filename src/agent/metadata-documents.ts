import type { PayloadInterface } from '../domain/task-payload.ts';
import { labelsOf, logConfigOf } from './container-spec.ts';
import { type ContainerRecord, payloadOf, type TaskRecord } from './task-record.ts';

/** What the documents say of the host. */
export interface MetadataHost {
  readonly cluster: string;
  readonly availabilityZone?: string | undefined;
  readonly vpcId?: string | undefined;
}

type Document = Readonly<Record<string, unknown>>;

/** The container's own document, version 4; version 3 leaves some members out. (TMD-2, TMD-3) */
export function containerDocument(record: TaskRecord, name: string, version: 3 | 4): Document | undefined {
  const row = record.containers.find((container) => container.name === name);
  const container = payloadOf(record, name);
  if (row === undefined || container === undefined) return undefined;
  const log = logConfigOf(container);
  const { payload } = record;
  return {
    DockerId: row.runtimeId ?? '',
    Name: name,
    DockerName: row.engineName,
    Image: container.image,
    ImageID: row.imageId ?? '',
    ...(row.bindings.length > 0 && { Ports: row.bindings.map((binding) => portDocument(binding, version)) }),
    Labels: labelsOf(payload, name),
    DesiredStatus: record.desiredStatus === 'STOPPED' || record.isEnding ? 'STOPPED' : 'RUNNING',
    KnownStatus: row.phase,
    ...(row.exitCode !== undefined && { ExitCode: row.exitCode }),
    Limits: { CPU: container.cpu, Memory: container.memory },
    ...timesOf(row),
    Type: 'NORMAL',
    ...healthOf(row),
    ...volumesOf(row),
    ...(version === 4 && {
      ...(log !== undefined && { LogDriver: log.driver, LogOptions: log.options }),
      ContainerARN: container.containerArn,
      ...(container.restartPolicy !== undefined && { RestartCount: row.restartCount }),
    }),
    Networks: networksOf(record, row),
  };
}

/** The task's document. (TMD-4) */
export function taskDocumentOf(record: TaskRecord, host: MetadataHost, version: 3 | 4): Document {
  const { payload } = record;
  return {
    // FARGATE names the cluster's ARN, other hosts the cluster as they were told it.
    Cluster: payload.launchType === 'FARGATE' ? payload.taskClusterArn : host.cluster,
    TaskARN: payload.arn,
    Family: payload.family,
    Revision: payload.version,
    DesiredStatus: record.desiredStatus === 'STOPPED' || record.isEnding ? 'STOPPED' : 'RUNNING',
    KnownStatus: record.isStopped ? 'STOPPED' : record.wasRunning ? 'RUNNING' : 'PENDING',
    ...limitsOf(record),
    ...time('PullStartedAt', record.pullStartedAtMs),
    ...time('PullStoppedAt', record.pullStoppedAtMs),
    ...time('ExecutionStoppedAt', record.executionStoppedAtMs),
    ...(host.availabilityZone !== undefined && { AvailabilityZone: host.availabilityZone }),
    ...(version === 4 && { LaunchType: payload.launchType }),
    ...(version === 4 && host.vpcId !== undefined && { VPCID: host.vpcId }),
    Containers: record.containers.flatMap(({ name }) => containerDocument(record, name, version) ?? []),
    ...(version === 4 && payload.serviceName !== undefined && { ServiceName: payload.serviceName }),
    ...(version === 4 && { FaultInjectionEnabled: payload.enableFaultInjection ?? false }),
  };
}

function limitsOf({ payload }: TaskRecord): Document {
  if (payload.cpu === undefined && payload.memory === undefined) return {};
  return {
    Limits: {
      ...(payload.cpu !== undefined && { CPU: payload.cpu }),
      ...(payload.memory !== undefined && { Memory: payload.memory }),
    },
  };
}

/** One port as the documents have it. */
export const portDocument = (binding: ContainerRecord['bindings'][number], version: 3 | 4): Document => ({
  ContainerPort: binding.containerPort,
  Protocol: binding.protocol,
  HostPort: binding.hostPort,
  ...(version === 4 && { HostIp: binding.bindIp }),
});

const timesOf = (row: ContainerRecord): Document => ({
  ...time('CreatedAt', row.createdAtMs),
  ...time('StartedAt', row.startedAtMs),
  ...time('FinishedAt', row.finishedAtMs),
});

/** A time as a member, absent while it is not known. */
export const time = (name: string, atMs: number | undefined): Document =>
  atMs === undefined ? {} : { [name]: new Date(atMs).toISOString() };

/** What a container has mounted: a path of the host, or a volume of the engine by its name there. */
export const volumesOf = ({ mounts = [] }: ContainerRecord): Document =>
  mounts.length === 0
    ? {}
    : {
        Volumes: mounts.map(({ source, destination }) =>
          source.startsWith('/')
            ? { Source: source, Destination: destination }
            : { DockerName: source, Destination: destination },
        ),
      };

function healthOf(row: ContainerRecord): Document {
  if (row.health === undefined) return {};
  const last = row.healthChecks?.at(-1);
  return {
    Health: {
      status: row.health,
      ...(row.healthSinceMs !== undefined && { statusSince: new Date(row.healthSinceMs).toISOString() }),
      ...(last !== undefined && { exitCode: last.exitCode, output: last.output }),
    },
  };
}

/** The networks that a container is in. */
export function networksOf({ payload }: TaskRecord, row: ContainerRecord): readonly Document[] {
  const eni = payload.elasticNetworkInterfaces[0];
  if (payload.networkMode === 'awsvpc' && eni !== undefined) return [interfaceDocument(eni)];
  const addresses = row.bridgeAddress === undefined || row.bridgeAddress === '' ? [] : [row.bridgeAddress];
  return [{ NetworkMode: payload.networkMode, ...(addresses.length > 0 && { IPv4Addresses: addresses }) }];
}

function interfaceDocument(eni: PayloadInterface): Document {
  return {
    NetworkMode: 'awsvpc',
    IPv4Addresses: eni.ipv4Addresses.map(({ privateAddress }) => privateAddress),
    AttachmentIndex: eni.index,
    MACAddress: eni.macAddress,
    IPv4SubnetCIDRBlock: subnetOf(eni.subnetGatewayIpv4Address),
    ...(eni.domainNameServers.length > 0 && { DomainNameServers: eni.domainNameServers }),
    ...(eni.domainName.length > 0 && { DomainNameSearchList: eni.domainName }),
    PrivateDNSName: eni.privateDnsName,
    SubnetGatewayIpv4Address: eni.subnetGatewayIpv4Address,
  };
}

/** `172.31.16.1/20` lies in `172.31.16.0/20`. */
export function subnetOf(gatewayCidr: string): string {
  const [address = '', prefix = '32'] = gatewayCidr.split('/');
  const hostBits = 32 - Number(prefix);
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const base = hostBits >= 32 ? 0 : Math.floor(value / 2 ** hostBits) * 2 ** hostBits;
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${parts.join('.')}/${prefix}`;
}
