import type { Attribute, ContainerDefinition, EFSVolumeConfiguration } from '../../shapes/generated/ecs.ts';
import { parseValueFrom } from '../secrets/secret-reference.ts';
import type { Draft } from './draft.ts';
import { isEcrImage } from './images.ts';

const CAPABILITY = 'com.amazonaws.ecs.capability.';
const DOCKER_API = `${CAPABILITY}docker-remote-api.`;

/** One line of the derivation: names that the definition requires of an instance when `when` holds. */
interface Requirement {
  readonly when: (draft: Draft) => boolean;
  readonly names: (draft: Draft) => readonly string[];
}

const some =
  (holds: (container: ContainerDefinition) => unknown) =>
  ({ containers }: Draft): boolean =>
    containers.some((container) => holds(container));

const fixed =
  (...names: readonly string[]) =>
  (): readonly string[] =>
    names;

/** Each provider of values has an attribute for each use of them. */
const secretNames =
  (use: 'environment-variables' | 'bootstrap.log-driver') =>
  ({ containers }: Draft): readonly string[] =>
    containers.flatMap(({ secrets = [], logConfiguration }) =>
      (use === 'environment-variables' ? secrets : (logConfiguration?.secretOptions ?? [])).map(
        ({ valueFrom }) =>
          `ecs.capability.secrets.${parseValueFrom(valueFrom ?? '').provider === 'asm' ? 'asm' : 'ssm'}.${use}`,
      ),
    );

const REQUIREMENTS: readonly Requirement[] = [
  {
    when: some(({ logConfiguration }) => logConfiguration),
    names: ({ containers }) => [
      ...containers.flatMap(({ logConfiguration }) =>
        logConfiguration === undefined ? [] : [`${CAPABILITY}logging-driver.${logConfiguration.logDriver}`],
      ),
      `${DOCKER_API}1.18`,
    ],
  },
  { when: some(usesAwslogs), names: fixed(`${DOCKER_API}1.19`) },
  {
    when: some(({ firelensConfiguration }) => firelensConfiguration),
    names: ({ containers }) =>
      containers.flatMap(({ firelensConfiguration: router }) => [
        ...(router === undefined ? [] : [`ecs.capability.firelens.${router.type}`]),
        ...(router?.options?.['config-file-type'] === undefined
          ? []
          : [`ecs.capability.firelens.options.config.${router.options['config-file-type']}`]),
      ]),
  },
  {
    when: (draft) => draft.request.executionRoleArn !== undefined && some(usesAwslogs)(draft),
    names: fixed('ecs.capability.execution-role-awslogs'),
  },
  { when: some(({ image }) => isEcrImage(image)), names: fixed(`${CAPABILITY}ecr-auth`) },
  {
    when: (draft) =>
      draft.request.executionRoleArn !== undefined && some(({ image }) => isEcrImage(image))(draft),
    names: fixed('ecs.capability.execution-role-ecr-pull'),
  },
  {
    when: ({ request }) => request.taskRoleArn !== undefined,
    names: ({ networkMode }) => [
      `${CAPABILITY}task-iam-role${networkMode === 'host' ? '-network-host' : ''}`,
      `${DOCKER_API}1.17`,
    ],
  },
  {
    when: ({ networkMode }) => networkMode === 'awsvpc',
    names: fixed(`${DOCKER_API}1.18`, 'ecs.capability.task-eni'),
  },
  {
    when: some(({ healthCheck }) => healthCheck),
    names: fixed('ecs.capability.container-health-check', `${DOCKER_API}1.24`),
  },
  { when: some(({ healthCheck }) => healthCheck?.startPeriod), names: fixed(`${DOCKER_API}1.29`) },
  {
    when: some(({ memoryReservation }) => memoryReservation),
    names: fixed(`${DOCKER_API}1.21`),
  },
  {
    when: some(
      ({ dependsOn = [], startTimeout, stopTimeout }) => dependsOn.length > 0 || startTimeout || stopTimeout,
    ),
    names: fixed('ecs.capability.container-ordering', `${DOCKER_API}1.17`),
  },
  {
    when: ({ request }) => (request.volumes ?? []).some(({ dockerVolumeConfiguration: docker }) => docker),
    names: ({ request }) =>
      (request.volumes ?? []).flatMap(({ dockerVolumeConfiguration: docker }) =>
        docker === undefined ? [] : [`ecs.capability.docker-plugin.${docker.driver ?? 'local'}`],
      ),
  },
  { when: usesEfs(() => true), names: fixed('ecs.capability.efs', `${DOCKER_API}1.25`) },
  { when: usesEfs(({ authorizationConfig }) => authorizationConfig), names: fixed('ecs.capability.efsAuth') },
  {
    when: some(({ portMappings = [] }) => portMappings.some(({ containerPortRange }) => containerPortRange)),
    names: fixed('ecs.capability.network.container-port-range'),
  },
  {
    when: ({ request }) => request.enableFaultInjection === true,
    names: fixed('ecs.capability.fault-injection'),
  },
  {
    when: some(({ privileged }) => privileged === true),
    names: fixed(`${CAPABILITY}privileged-container`),
  },
  { when: some(({ ulimits = [] }) => ulimits.length > 0), names: fixed(`${DOCKER_API}1.18`) },
  {
    when: some(({ linuxParameters }) => linuxParameters?.initProcessEnabled),
    names: fixed(`${DOCKER_API}1.25`),
  },
  { when: usesSecurityModule('apparmor'), names: fixed(`${CAPABILITY}apparmor`) },
  { when: usesSecurityModule('label'), names: fixed(`${CAPABILITY}selinux`) },
  {
    when: ({ request }) => request.pidMode !== undefined || request.ipcMode !== undefined,
    names: fixed('ecs.capability.pid-ipc-namespace-sharing'),
  },
  {
    when: (draft) =>
      draft.networkMode === 'host' && some(({ extraHosts = [] }) => extraHosts.length > 0)(draft),
    names: fixed(`${DOCKER_API}1.24`),
  },
  {
    when: some(({ restartPolicy }) => restartPolicy?.enabled),
    names: fixed('ecs.capability.container-restart-policy'),
  },
  {
    when: some(({ environmentFiles }) => environmentFiles?.length),
    names: fixed('ecs.capability.env-files.s3'),
  },
  {
    when: some(({ repositoryCredentials }) => repositoryCredentials?.credentialsParameter),
    names: fixed('ecs.capability.private-registry-authentication.secretsmanager'),
  },
  { when: some(({ secrets }) => secrets?.length), names: secretNames('environment-variables') },
  {
    when: some(({ logConfiguration }) => logConfiguration?.secretOptions?.length),
    names: secretNames('bootstrap.log-driver'),
  },
  {
    when: ({ cpuUnits, memoryMib, requires }) =>
      (cpuUnits !== undefined || memoryMib !== undefined) && !requires.has('FARGATE'),
    names: fixed('ecs.capability.task-cpu-mem-limit'),
  },
  { when: ({ cpuUnits = 0 }) => cpuUnits > 10_240, names: fixed('ecs.capability.increased-task-cpu-limit') },
];

/** What an instance must offer to run the definition: names only, each once, sorted. (TDF-24) */
export function requiredAttributesOf(draft: Draft): readonly Attribute[] {
  const names = REQUIREMENTS.filter(({ when }) => when(draft)).flatMap((requirement) =>
    requirement.names(draft),
  );
  return [...new Set(names)].sort().map((name) => ({ name }));
}

function usesEfs(holds: (efs: EFSVolumeConfiguration) => unknown): (draft: Draft) => boolean {
  return ({ request }) =>
    (request.volumes ?? []).some(
      ({ efsVolumeConfiguration: efs }) => efs !== undefined && Boolean(holds(efs)),
    );
}

/** A security option is `<module>:<value>` or `<module>=<value>`. */
function usesSecurityModule(module: string): (draft: Draft) => boolean {
  return some(({ dockerSecurityOptions = [] }) =>
    dockerSecurityOptions.some((option) => option.split(/[:=]/)[0] === module),
  );
}

function usesAwslogs({ logConfiguration }: ContainerDefinition): boolean {
  return logConfiguration?.logDriver === 'awslogs';
}
