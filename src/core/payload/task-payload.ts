import type { Task, TaskNetworkInterface } from '../../domain/task.ts';
import type {
  PayloadInterface,
  PayloadTask,
  PayloadVolume,
  RoleCredentials,
} from '../../domain/task-payload.ts';
import type { Installation } from '../../lib/config.ts';
import type { TaskDefinition as TaskDefinitionShape, Volume } from '../../shapes/generated/ecs.ts';
import { containerPayload } from './container-payload.ts';

/** What a task's payload is made from. */
export interface PayloadView {
  readonly task: Task;
  readonly definition: TaskDefinitionShape;
  readonly installation: Installation;
  /** Of a service's task. */
  readonly serviceName?: string | undefined;
  /** Image as the definition names it → digest that its deployment resolved. */
  readonly imageDigests: Readonly<Record<string, string>>;
  /** The account's default for the log driver's delivery mode. (ACC-7) */
  readonly defaultLogMode?: string | undefined;
  /** Whether the host's agent knows exec sessions. (EXE-5) */
  readonly hostKnowsExec?: boolean | undefined;
  readonly roleCredentials?: RoleCredentials | undefined;
  readonly executionRoleCredentials?: RoleCredentials | undefined;
}

const CPU_UNITS_PER_VCPU = 1024;

/** The whole task as its host needs it, desired RUNNING. (PAY-1) */
export function taskPayload(view: PayloadView): PayloadTask {
  const { task, definition, installation, imageDigests, defaultLogMode } = view;
  const networkMode = networkModeOf(definition);
  const hasExec = task.enableExecuteCommand && view.hostKnowsExec === true;
  const given = { task, networkMode, installation, imageDigests, defaultLogMode, hasExec };
  const { networkInterface } = task;
  return {
    arn: task.taskArn,
    taskClusterArn: task.clusterArn,
    desiredStatus: 'RUNNING',
    family: task.family,
    version: String(task.revision),
    taskDefinitionAccountId: installation.accountId,
    serviceName: view.serviceName,
    group: task.group,
    launchType: task.launchType,
    networkMode,
    cpu: taskCpu(view),
    memory: taskMemory(view),
    pidMode: definition.pidMode,
    ipcMode: definition.ipcMode,
    enableFaultInjection: definition.enableFaultInjection === true ? true : undefined,
    containers: (definition.containerDefinitions ?? []).map((container) =>
      containerPayload(given, container),
    ),
    associations: associationsOf(task),
    volumes: volumesOf(definition),
    roleCredentials: view.roleCredentials,
    executionRoleCredentials: view.executionRoleCredentials,
    elasticNetworkInterfaces:
      networkInterface === undefined ? [] : [interfacePayload(networkInterface, installation)],
  };
}

function networkModeOf(definition: TaskDefinitionShape): PayloadTask['networkMode'] {
  const mode = definition.networkMode;
  return mode === 'awsvpc' || mode === 'host' || mode === 'none' ? mode : 'bridge';
}

/** GPUs travel as associations of containers. (PAY-9) */
function associationsOf({ containers }: Task): PayloadTask['associations'] {
  if (containers.every(({ gpuIds = [] }) => gpuIds.length === 0)) return undefined;
  return containers.flatMap(({ name, gpuIds = [] }) =>
    gpuIds.map((id) => ({
      type: 'gpu' as const,
      name: id,
      containers: [name],
      content: { encoding: 'base64' as const, value: '' },
    })),
  );
}

/** Only what the definition or the override of the task asks for as a whole limits the task as a whole. (PAY-8) */
function taskCpu({ task, definition }: PayloadView): number | undefined {
  const isAskedFor = (task.overrides.cpu ?? definition.cpu) !== undefined;
  const cpuUnits = Number(task.cpu);
  return isAskedFor && cpuUnits > 0 ? cpuUnits / CPU_UNITS_PER_VCPU : undefined;
}

/** The same for memory, in MiB. (PAY-8) */
function taskMemory({ task, definition }: PayloadView): number | undefined {
  const isAskedFor = (task.overrides.memory ?? definition.memory) !== undefined;
  const memoryMib = Number(task.memory);
  return isAskedFor && memoryMib > 0 ? memoryMib : undefined;
}

function interfacePayload(eni: TaskNetworkInterface, installation: Installation): PayloadInterface {
  const { accountId, region } = installation;
  return {
    name: 'eth0',
    ec2Id: eni.networkInterfaceId,
    macAddress: eni.macAddress,
    attachmentArn: `arn:aws:ecs:${region}:${accountId}:attachment/${eni.attachmentId}`,
    index: 0,
    ipv4Addresses: [{ privateAddress: eni.privateIpv4Address, primary: true }],
    subnetGatewayIpv4Address: eni.gatewayCidr,
    domainNameServers: [],
    domainName: [region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`],
    privateDnsName: eni.privateDnsName,
  };
}

/** Thousands of tasks are started from one document, which is never changed in place. */
const volumesByDocument = new WeakMap<TaskDefinitionShape, readonly PayloadVolume[]>();

function volumesOf(definition: TaskDefinitionShape): readonly PayloadVolume[] {
  const known = volumesByDocument.get(definition);
  if (known !== undefined) return known;
  const built = (definition.volumes ?? []).flatMap(volumePayload);
  volumesByDocument.set(definition, built);
  return built;
}

/** Volumes of other kinds are refused when the definition is registered. */
function volumePayload(volume: Volume): readonly PayloadVolume[] {
  const name = volume.name ?? '';
  const { dockerVolumeConfiguration: docker, efsVolumeConfiguration: efs } = volume;
  if (efs !== undefined) {
    return [{ name, type: 'efs', efsVolumeConfiguration: { ...efs, fileSystemId: efs.fileSystemId ?? '' } }];
  }
  if (docker === undefined)
    return [{ name, type: 'host', host: { sourcePath: volume.host?.sourcePath ?? '' } }];
  return [
    {
      name,
      type: 'docker',
      dockerVolumeConfiguration: {
        scope: docker.scope ?? 'task',
        autoprovision: docker.autoprovision ?? false,
        driver: docker.driver ?? 'local',
        driverOpts: docker.driverOpts,
        labels: docker.labels,
      },
    },
  ];
}
