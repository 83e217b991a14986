import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { findTagged } from './tagged-resources.ts';

type Shapes = EcsOperations['ListTagsForResource'];

/** The tags of a cluster, container instance, service, task or task definition, by its ARN. (TAG-2) */
export const listTagsForResource: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => store.read((tx) => ({ tags: findTagged(tx, installation, input.resourceArn).tags }));
