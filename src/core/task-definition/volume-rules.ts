import type { EFSVolumeConfiguration, Volume } from '../../shapes/generated/ecs.ts';
import type { Draft, Rule } from './draft.ts';

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
  unknownMount,
  unknownSource,
  ({ request }) => (request.volumes ?? []).map(brokenEfs).find((text) => text !== undefined),
];

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
