import { containerInstances } from '../../records/collections.ts';
import type { Attribute, EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { checkAttributes, ownerOfTargets, targetOf } from './attribute-targets.ts';

type Shapes = EcsOperations['DeleteAttributes'];

/** Takes attributes away, whatever their values. One that an instance does not have is no error. (INS-15) */
export const deleteAttributes: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  checkAttributes(input.attributes);
  return store.write((tx) => {
    const owner = ownerOfTargets(tx, installation, input.cluster);
    const deleted = input.attributes.map((attribute): Attribute => {
      const { name } = attribute;
      const instance = targetOf(tx, owner, attribute);
      const attributes = instance.attributes.filter((other) => other.name !== name);
      if (attributes.length < instance.attributes.length) {
        tx.put(containerInstances, { ...instance, attributes, version: instance.version + 1 });
      }
      return { name, targetId: instance.containerInstanceArn };
    });
    return { attributes: deleted };
  });
};
