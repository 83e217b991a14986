import { isReservedKey, RESERVED } from '../../core/tags/tag-rules.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';
import { findTagged } from './tagged-resources.ts';

type Shapes = EcsOperations['UntagResource'];

/** Removes tags by key; a key that is not there is no error. (TAG-3) */
export const untagResource: Operation<Shapes['input'], Shapes['output']> = ({ store, installation }, input) =>
  store.write((tx) => {
    if (input.tagKeys.some(isReservedKey)) throw ecsErrors.invalid(RESERVED);
    const resource = findTagged(tx, installation, input.resourceArn);
    const removed = new Set(input.tagKeys);
    const kept = resource.tags.filter(({ key = '' }) => !removed.has(key));
    resource.put(tx, kept);
    return {};
  });
