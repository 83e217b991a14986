import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { VersionInfo } from '../../shapes/generated/ecs.ts';

const PREFIX = 'DockerVersion: ';

/** The versions of an agent and its engine as answers and events have them: the engine's with a prefix. (INS-16) */
export const versionInfoOf = ({
  agentHash,
  agentVersion,
  dockerVersion,
}: Pick<ContainerInstance, 'agentHash' | 'agentVersion' | 'dockerVersion'>): VersionInfo => ({
  agentHash,
  agentVersion,
  dockerVersion: dockerVersion && `${PREFIX}${dockerVersion}`,
});

/** The bare version of an engine, however a client wrote it. */
export const bareDockerVersion = (text: string): string =>
  text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
