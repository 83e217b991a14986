import type { ContainerDefinition, TaskDefinition } from '../../shapes/generated/ecs.ts';
import type { AvoidedAttribute } from './placement-view.ts';

/**
 * What our own hosts say that they cannot do, and the setting that asks for it. The names are ours: a host of another
 * agent has none of them, and does what its engine does. (PLC-15)
 */
const LACKS: readonly {
  readonly name: string;
  readonly setting: string;
  readonly isAsked: (container: ContainerDefinition) => boolean;
}[] = [
  {
    name: 'gantry.lacks.swap-limit',
    setting: 'linuxParameters.maxSwap',
    isAsked: ({ linuxParameters }) => linuxParameters?.maxSwap !== undefined,
  },
  {
    name: 'gantry.lacks.memory-swappiness',
    setting: 'linuxParameters.swappiness',
    // Without maxSwap the service ignores it.
    isAsked: ({ linuxParameters }) =>
      linuxParameters?.maxSwap !== undefined && linuxParameters.swappiness !== undefined,
  },
];

/** The attributes with which a host cannot run the definition. (PLC-15) */
export function avoidedAttributes(document: TaskDefinition): readonly AvoidedAttribute[] {
  const containers = document.containerDefinitions ?? [];
  const added = new Set(
    containers.flatMap(({ linuxParameters }) => linuxParameters?.capabilities?.add ?? []),
  );
  const isEncrypted = (document.volumes ?? []).some(
    ({ efsVolumeConfiguration: efs }) => efs?.transitEncryption === 'ENABLED',
  );
  return [
    ...(isEncrypted
      ? [{ name: 'gantry.lacks.efs-transit-encryption', setting: 'efsVolumeConfiguration.transitEncryption' }]
      : []),
    ...LACKS.filter(({ isAsked }) => containers.some(isAsked)).map(({ name, setting }) => ({
      name,
      setting,
    })),
    ...[...added].map((capability) => ({
      name: `gantry.lacks.capability-${capability}`,
      setting: `linuxParameters.capabilities.add ${capability}`,
    })),
  ];
}

/** Attributes that even a host of the FARGATE pool must have: not every machine can do these. (PLC-7) */
const ASKED_OF_POOL: ReadonlySet<string> = new Set([
  'ecs.capability.efs',
  'ecs.capability.efsAuth',
  'ecs.capability.fault-injection',
]);

/** The definition's required attributes as far as they count on FARGATE. (PLC-7) */
export const poolAttributes = (document: TaskDefinition): readonly string[] =>
  (document.requiresAttributes ?? []).flatMap(({ name = '' }) => (ASKED_OF_POOL.has(name) ? [name] : []));
