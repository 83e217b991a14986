import type {
  ContainerDefinition,
  RegisterTaskDefinitionRequest,
  Volume,
} from '../../shapes/generated/ecs.ts';
import type { Rule } from './draft.ts';

/**
 * Members that no host acts on yet, with what in them asks for nothing. To support one, delete its line. (TDF-30)
 */
type Unsupported<Shape> = {
  readonly [Member in keyof Shape]?: (value: NonNullable<Shape[Member]>) => boolean;
};

const UNSUPPORTED_OF_TASK: Unsupported<RegisterTaskDefinitionRequest> = {
  proxyConfiguration: asksForNothing,
  requiresCompatibilities: (list) => !list.includes('MANAGED_INSTANCES'),
  runtimePlatform: ({ operatingSystemFamily = 'LINUX' }) => operatingSystemFamily === 'LINUX',
};

const UNSUPPORTED_OF_CONTAINER: Unsupported<ContainerDefinition> = {
  // A file that describes an account of Active Directory, which our hosts have no way into.
  dockerSecurityOptions: (options) => !options.some((option) => option.startsWith('credentialspec:')),
  resourceRequirements: (list) =>
    list.every(({ type, value, sharingStrategy }) => type === 'GPU' && value !== 'ALL' && !sharingStrategy),
  credentialSpecs: asksForNothing,
};

const UNSUPPORTED_OF_VOLUME: Unsupported<Volume> = {
  configuredAtLaunch: asksForNothing,
  fsxWindowsFileServerVolumeConfiguration: asksForNothing,
  s3filesVolumeConfiguration: asksForNothing,
};

/** Nobody between the container and the file system could tell a role from another. */
const unsupportedEfs = ({ efsVolumeConfiguration: efs }: Volume): string | undefined =>
  efs?.authorizationConfig?.iam === 'ENABLED' ? 'efsVolumeConfiguration.authorizationConfig.iam' : undefined;

/** The log drivers that hosts have; their options are the engine's. */
const LOG_DRIVERS: ReadonlySet<string> = new Set([
  'awsfirelens',
  'awslogs',
  'fluentd',
  'gelf',
  'journald',
  'json-file',
  'splunk',
  'syslog',
]);

/** What the placeholders of `tag` may name. (LOG-21) */
const TAG_PLACEHOLDERS = /^\{\{\s*\.(?:ID|FullID|Name|ImageName|DaemonName)\s*\}\}$/;

/** Refuses by name what the service has and hosts do not. Comes last: what the service refuses is refused in its words. */
export const unsupportedRules: readonly Rule[] = [
  ({ request }) => refusal(firstAsked(UNSUPPORTED_OF_TASK, request)),
  ({ request }) => {
    for (const [index, volume] of (request.volumes ?? []).entries()) {
      const member = firstAsked(UNSUPPORTED_OF_VOLUME, volume) ?? unsupportedEfs(volume);
      if (member !== undefined) return refusal(`volumes[${index}].${member}`);
    }
    return undefined;
  },
  ({ containers }) => {
    for (const [index, container] of containers.entries()) {
      const member = firstAsked(UNSUPPORTED_OF_CONTAINER, container) ?? unsupportedLog(container);
      if (member !== undefined) return refusal(`containerDefinitions[${index}].${member}`);
    }
    return undefined;
  },
];

const refusal = (path: string | undefined): string | undefined => path && `${path} is not supported yet.`;

function firstAsked<Shape extends object>(table: Unsupported<Shape>, shape: Shape): string | undefined {
  for (const member of Object.keys(table) as (keyof Shape & string)[]) {
    const value = shape[member];
    if (
      value !== undefined &&
      value !== null &&
      table[member]?.(value as NonNullable<typeof value>) === false
    ) {
      return member;
    }
  }
  return undefined;
}

function unsupportedLog({ logConfiguration }: ContainerDefinition): string | undefined {
  if (logConfiguration === undefined) return undefined;
  const { logDriver, options = {}, secretOptions } = logConfiguration;
  if (!LOG_DRIVERS.has(logDriver)) return `logConfiguration.logDriver ${logDriver}`;
  if (logDriver === 'awslogs' && options['awslogs-credentials-endpoint'] !== undefined)
    return 'logConfiguration.options.awslogs-credentials-endpoint';
  const placeholder = logDriver === 'awslogs' ? unknownPlaceholder(options['tag']) : undefined;
  if (placeholder !== undefined) return `logConfiguration.options.tag with ${placeholder}`;
  // The agent ships the lines itself, with the credentials of the task's role alone.
  return logDriver === 'awslogs' && !asksForNothing(secretOptions)
    ? 'logConfiguration.secretOptions'
    : undefined;
}

const unknownPlaceholder = (tag = ''): string | undefined =>
  (tag.match(/\{\{.*?\}\}/g) ?? []).find((placeholder) => !TAG_PLACEHOLDERS.test(placeholder));

/** True for null, false, 0, "", and for lists and structures that hold nothing else. */
function asksForNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.values(value).every(asksForNothing);
}
