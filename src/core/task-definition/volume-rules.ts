import type { EFSVolumeConfiguration, Volume } from '../../shapes/generated/ecs.ts';
import type { Draft, Rule } from './draft.ts';

const VOLUME_NAME = /^[A-Za-z0-9_-]{1,255}$/;

/** Volumes and what mounts them. (TDF-15) */
export const volumeRules: readonly Rule[] = [
  ({ request }) =>
    (request.volumes ?? []).some((volume) => (volume.name ?? '') === '')
      ? 'Volume name should not be null or empty.'
      : undefined,
  ({ request }) =>
    (request.volumes ?? []).some(({ host }) => host?.sourcePath === '')
      ? 'host.sourcePath should not be blank.'
      : undefined,
  ({ request }) => {
    const names = (request.volumes ?? []).map(({ name = '' }) => name);
    if (names.some((name) => !VOLUME_NAME.test(name))) return 'Volume name contains invalid characters.';
    return new Set(names).size < names.length
      ? 'Volume names must be unique within a Task Definition.'
      : undefined;
  },
  ({ request }) => (request.volumes ?? []).map(doubleKind).find((text) => text !== undefined),
  ({ containers }) => {
    const mount = containers.find(({ mountPoints = [] }) =>
      mountPoints.some(
        ({ containerPath = '' }) => !containerPath.startsWith('/') || containerPath.includes(':'),
      ),
    );
    return mount && `Invalid 'mountPoints' setting for container '${mount.name}'.`;
  },
  unknownMount,
  unknownSource,
  ({ request }) => (request.volumes ?? []).map(brokenEfs).find((text) => text !== undefined),
];

/** A volume is of one kind. */
function doubleKind(volume: Volume): string | undefined {
  const { name, host, dockerVolumeConfiguration, efsVolumeConfiguration } = volume;
  const hasPath = host?.sourcePath !== undefined;
  const kinds = [hasPath || undefined, dockerVolumeConfiguration, efsVolumeConfiguration];
  return kinds.filter((kind) => kind !== undefined).length > 1
    ? `Volume '${name}' can have one configuration only.`
    : undefined;
}

function unknownMount({ request, containers }: Draft): string | undefined {
  const known = new Set((request.volumes ?? []).map(({ name }) => name));
  const mount = containers
    .flatMap(({ mountPoints = [] }) => mountPoints)
    .find(({ sourceVolume }) => !known.has(sourceVolume));
  return mount && `Unknown volume '${mount.sourceVolume}'.`;
}

function unknownSource({ containers }: Draft): string | undefined {
  const known = new Set(containers.map(({ name }) => name));
  const source = containers
    .flatMap(({ volumesFrom = [] }) => volumesFrom)
    .find(({ sourceContainer }) => !known.has(sourceContainer));
  return source && `Invalid 'volumesFrom' setting. Unknown container: '${source.sourceContainer}'.`;
}

function brokenEfs({ efsVolumeConfiguration: efs }: Volume): string | undefined {
  if (efs === undefined) return undefined;
  const { rootDirectory = '/', authorizationConfig = {} } = efs;
  if (authorizationConfig.accessPointId !== undefined && rootDirectory !== '/' && rootDirectory !== '') {
    return 'When using an EFS access point, the root directory must either be set to "/" or be omitted.';
  }
  return brokenTransit(efs);
}

function brokenTransit(efs: EFSVolumeConfiguration): string | undefined {
  if (efs.transitEncryption === 'ENABLED') return undefined;
  if (efs.authorizationConfig?.iam === 'ENABLED') {
    return 'EFS IAM authorization requires TransitEncryption to be enabled.';
  }
  return (efs.transitEncryptionPort ?? 0) > 0
    ? 'TransitEncryptionPort requires that TransitEncryption is enabled.'
    : undefined;
}
