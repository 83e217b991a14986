import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';

/** A set of ECS operations: what each family of this folder exports. */
export type EcsOperationRecord = Partial<{
  readonly [Name in keyof EcsOperations]: Operation<
    EcsOperations[Name]['input'],
    EcsOperations[Name]['output']
  >;
}>;
