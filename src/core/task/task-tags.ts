import type { PropagateTags, Tag } from '../../shapes/generated/ecs.ts';

/** Where the tags of a new task come from. */
export interface TagSources {
  /** Given for the task itself. */
  readonly own: readonly Tag[];
  readonly propagate: PropagateTags | undefined;
  readonly definitionTags: readonly Tag[];
  /** Of the service that starts it. */
  readonly serviceTags: readonly Tag[];
  /** Whether ECS adds its own. */
  readonly hasManagedTags: boolean;
  readonly clusterName: string;
  readonly serviceName?: string | undefined;
}

/**
 * All tags of a new task. A tag given for the task wins over a propagated one with the same key; the managed ones,
 * `aws:ecs:clusterName` and `aws:ecs:serviceName`, come last. (TSK-4)
 */
export function taskTags(sources: TagSources): readonly Tag[] {
  const { own, hasManagedTags, clusterName, serviceName } = sources;
  const propagated = propagatedTags(sources).filter((tag) => !own.some(({ key }) => key === tag.key));
  const managed: readonly Tag[] = hasManagedTags
    ? [
        { key: 'aws:ecs:clusterName', value: clusterName },
        ...(serviceName === undefined ? [] : [{ key: 'aws:ecs:serviceName', value: serviceName }]),
      ]
    : [];
  return [...own, ...propagated, ...managed];
}

function propagatedTags({ propagate, definitionTags, serviceTags }: TagSources): readonly Tag[] {
  switch (propagate) {
    case 'TASK_DEFINITION':
      return definitionTags;
    case 'SERVICE':
      return serviceTags;
    default:
      return [];
  }
}
