import type { ContainerDefinition, ContainerDependency } from '../../shapes/generated/ecs.ts';
import type { Draft, Rule } from './draft.ts';

/** What one container waits for. (TDF-14) */
export const dependencyRules: readonly Rule[] = [
  (draft) => {
    const byName = new Map(draft.containers.map((container) => [container.name ?? '', container]));
    for (const { dependsOn = [] } of draft.containers) {
      for (const dependency of dependsOn) {
        const text = brokenDependency(dependency, byName.get(dependency.containerName));
        if (text !== undefined) return text;
      }
    }
    return undefined;
  },
  dependencyCycle,
];

function brokenDependency(
  { containerName, condition }: ContainerDependency,
  target: ContainerDefinition | undefined,
): string | undefined {
  // The stray plus sign is the service's own.
  if (target === undefined)
    return `Cannot depend on container + '${containerName}' because it does not exist`;
  if ((condition === 'SUCCESS' || condition === 'COMPLETE') && target.essential !== false) {
    return 'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container';
  }
  return condition === 'HEALTHY' && target.healthCheck === undefined
    ? 'A dependency container with HEALTHY condition must have health check configured'
    : undefined;
}

/** Takes away what waits for nothing that is left, again and again: what stays waits for itself. */
function dependencyCycle({ containers }: Draft): string | undefined {
  let waiting = [...containers];
  for (;;) {
    const names = new Set(waiting.map(({ name }) => name));
    const blocked = waiting.filter((container) => awaitedBy(container).some((name) => names.has(name)));
    if (blocked.length === 0) return undefined;
    if (blocked.length === waiting.length) return 'There is a cycle in the container dependencies.';
    waiting = blocked;
  }
}

/** The containers that must have started before this one: links and shared volumes wait as well. */
const awaitedBy = ({ dependsOn = [], links = [], volumesFrom = [] }: ContainerDefinition) => [
  ...dependsOn.map(({ containerName }) => containerName),
  ...links.map((link) => link.split(':')[0] ?? ''),
  ...volumesFrom.flatMap(({ sourceContainer }) => sourceContainer ?? []),
];
