import type { PayloadSecret } from '../../domain/task-payload.ts';
import type { ContainerDefinition, Secret } from '../../shapes/generated/ecs.ts';
import { secretFilePaths } from '../secrets/secret-files.ts';
import { parseValueFrom } from '../secrets/secret-reference.ts';

/**
 * What the host has to read before the container starts: variables, options of the log driver, and the secrets that a
 * label puts into files. The protocol calls these three ENVIRONMENT_VARIABLE, BOOTSTRAP and MOUNT_POINT. (TSC-2)
 */
export function secretsPayload(definition: ContainerDefinition, region: string): readonly PayloadSecret[] {
  const paths = secretFilePaths(definition.dockerLabels ?? {});
  const ofContainer = (definition.secrets ?? []).map((secret): PayloadSecret => {
    const containerPath = paths.get(secret.name ?? '');
    return {
      ...sourceOf(secret, region),
      type: containerPath === undefined ? 'ENVIRONMENT_VARIABLE' : 'MOUNT_POINT',
      target: 'CONTAINER',
      containerPath,
    };
  });
  const ofLogDriver = (definition.logConfiguration?.secretOptions ?? []).map(
    (secret): PayloadSecret => ({ ...sourceOf(secret, region), type: 'BOOTSTRAP', target: 'LOG_DRIVER' }),
  );
  return [...ofContainer, ...ofLogDriver];
}

function sourceOf(
  { name = '', valueFrom = '' }: Partial<Secret>,
  ownRegion: string,
): Pick<PayloadSecret, 'name' | 'valueFrom' | 'provider' | 'region'> {
  const reference = parseValueFrom(valueFrom);
  const provider = reference.provider === 'asm' ? 'asm' : 'ssm';
  const region = reference.provider === 'invalid' ? ownRegion : (reference.region ?? ownRegion);
  return { name, valueFrom, provider, region };
}
