import { isReservedKey } from '../../core/tags/tag-rules.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { checkTags } from './cluster-rules.ts';
import { findTagged } from './tagged-resources.ts';

type Shapes = EcsOperations['TagResource'];

/** Adds tags, and replaces the values of keys that are there. (TAG-3) */
export const tagResource: Operation<Shapes['input'], Shapes['output']> = ({ store, installation }, input) => {
  checkTags(input.tags);
  return store.write((tx) => {
    const resource = findTagged(tx, installation, input.resourceArn);
    const replaced = new Set(input.tags.map(({ key }) => key));
    const tags = [...resource.tags.filter(({ key }) => !replaced.has(key)), ...input.tags];
    checkTags(tags.filter(({ key = '' }) => !isReservedKey(key)));
    resource.put(tx, tags);
    return {};
  });
};
