import type { ContainerDefinition, LinuxParameters, Volume } from '../../shapes/generated/ecs.ts';
import { type ContainerRule, type Draft, firstBroken, forEachContainer, type Rule } from './draft.ts';
import { brokenEphemeralStorage } from './ephemeral-storage.ts';
import { isEcrImage } from './images.ts';
import { isFargateSize } from './task-size.ts';

const FARGATE_LOG_DRIVERS: readonly string[] = ['awslogs', 'splunk', 'awsfirelens'];

/** The one capability that FARGATE adds to a container. */
const FARGATE_CAPABILITY = 'SYS_PTRACE';

/** The text of the first thing in the request that FARGATE does not run; undefined when it runs all of it. (TDF-22) */
export const notForFargate = (draft: Draft): string | undefined => firstBroken(RULES, draft);

/** FARGATE's rules bind a request only when it requires FARGATE. (TDF-22) */
export const fargateRules: readonly Rule[] = [
  (draft) => (draft.requires.has('FARGATE') ? notForFargate(draft) : undefined),
  ({ request, requires }) => brokenEphemeralStorage(request.ephemeralStorage, requires.has('FARGATE')),
];

const TIMEOUT_SECONDS = { min: 2, max: 120 } as const;

const brokenTimeout =
  (member: 'startTimeout' | 'stopTimeout'): ContainerRule =>
  ({ name, [member]: seconds = TIMEOUT_SECONDS.min }) =>
    seconds >= TIMEOUT_SECONDS.min && seconds <= TIMEOUT_SECONDS.max
      ? undefined
      : `The '${member}' setting for container '${name}' must be between ${TIMEOUT_SECONDS.min} and ${TIMEOUT_SECONDS.max}.`;

const notSupported = (what: string): string => `Fargate compatible task definitions do not support ${what}`;

const containerRules: readonly ContainerRule[] = [
  ({ privileged }) =>
    privileged === true ? "Fargate requires that the 'privileged' setting be 'false'" : undefined,
  ({ linuxParameters }) => forbiddenLinuxParameter(linuxParameters),
  ({ dockerSecurityOptions = [] }) =>
    dockerSecurityOptions.length > 0 ? notSupported('dockerSecurityOptions') : undefined,
  ({ dnsSearchDomains = [] }) => (dnsSearchDomains.length > 0 ? notSupported('dnsSearchDomains') : undefined),
  ({ linuxParameters }) => {
    const refused = (linuxParameters?.capabilities?.add ?? []).find(
      (capability) => capability !== FARGATE_CAPABILITY,
    );
    return refused === undefined ? undefined : `${refused} is not allowed on Fargate.`;
  },
  ({ resourceRequirements = [] }) =>
    resourceRequirements.some(({ type }) => type === 'GPU')
      ? 'Tasks using the Fargate launch type do not support GPU resource requirements.'
      : undefined,
  ({ logConfiguration }) =>
    logConfiguration === undefined || FARGATE_LOG_DRIVERS.includes(logConfiguration.logDriver)
      ? undefined
      : `${logConfiguration.logDriver} is not a valid log driver. Must be one of [${FARGATE_LOG_DRIVERS.join(',')}]`,
  (container, { request }) =>
    usesAwslogs(container) && request.executionRoleArn === undefined
      ? 'Fargate requires task definition to have execution role ARN to support log driver awslogs.'
      : undefined,
  ({ image }, { request }) =>
    isEcrImage(image) && request.executionRoleArn === undefined
      ? 'Fargate requires task definition to have execution role ARN to support ECR images.'
      : undefined,
  (container) =>
    usesAwslogs(container) && (container.logConfiguration?.options?.['awslogs-stream-prefix'] ?? '') === ''
      ? 'Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs.'
      : undefined,
  brokenTimeout('startTimeout'),
  brokenTimeout('stopTimeout'),
];

const RULES: readonly Rule[] = [
  ({ request }) =>
    request.cpu === undefined ? "Fargate requires that 'cpu' be defined at the task level." : undefined,
  ({ request }) =>
    request.memory === undefined ? "Fargate requires that 'memory' be defined at the task level." : undefined,
  ({ networkMode }) =>
    networkMode === 'awsvpc' ? undefined : "Fargate only supports network mode 'awsvpc'.",
  brokenSize,
  forEachContainer(containerRules),
  ({ request }) => forbiddenVolume(request.volumes ?? []),
  ({ request }) =>
    (request.placementConstraints ?? []).length > 0 ? notSupported('constraints') : undefined,
  ({ request }) => (request.ipcMode === undefined ? undefined : notSupported('ipcMode')),
  ({ request }) =>
    request.pidMode === undefined || request.pidMode === 'task'
      ? undefined
      : `Tasks using the Fargate launch type do not support pidMode '${request.pidMode}'. The supported value for pidMode is 'task'.`,
];

function brokenSize({ request, cpuUnits = 0, memoryMib = 0 }: Draft): string | undefined {
  const { operatingSystemFamily = 'LINUX', cpuArchitecture } = request.runtimePlatform ?? {};
  const isWindows = operatingSystemFamily !== 'LINUX';
  const isArmWindows = isWindows && cpuArchitecture === 'ARM64';
  return isFargateSize({ cpuUnits, memoryMib, isWindows }) && !isArmWindows
    ? undefined
    : `No Fargate configuration exists for given values: ${cpuUnits} CPU, ${memoryMib} memory. See the Amazon ECS documentation for the valid values.`;
}

function forbiddenLinuxParameter(parameters: LinuxParameters | undefined): string | undefined {
  if ((parameters?.devices ?? []).length > 0) return notSupported('devices');
  if ((parameters?.sharedMemorySize ?? 0) > 0) return notSupported('sharedMemorySize');
  if ((parameters?.maxSwap ?? 0) > 0) return notSupported('maxSwap');
  return (parameters?.swappiness ?? 0) > 0 ? notSupported('swappiness') : undefined;
}

function forbiddenVolume(volumes: readonly Volume[]): string | undefined {
  for (const { dockerVolumeConfiguration, host } of volumes) {
    if (dockerVolumeConfiguration !== undefined) return notSupported('dockerVolumeConfiguration');
    if ((host?.sourcePath ?? '') !== '') return notSupported('sourcePath');
  }
  return undefined;
}

const usesAwslogs = ({ logConfiguration }: ContainerDefinition): boolean =>
  logConfiguration?.logDriver === 'awslogs';
