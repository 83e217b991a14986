import type { Tag, TaskDefinition as TaskDefinitionShape } from '../shapes/generated/ecs.ts';

/**
 * One revision of a family. The document is kept as the API answers it, defaults filled in: it is an AWS document
 * and nothing else in the system retells it.
 */
export interface TaskDefinition {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  readonly document: TaskDefinitionShape;
  readonly tags: readonly Tag[];
}

/** The revision counter of a family. Numbers are never reused. */
export interface TaskDefinitionFamily {
  readonly family: string;
  readonly lastRevision: number;
}
