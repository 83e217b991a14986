import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import { containerInstances } from '../../records/collections.ts';
import type { Attribute, EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { checkAttributes, isCustom, ownerOfTargets, targetOf } from './attribute-targets.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['PutAttributes'];

const CUSTOM_MAX_COUNT = SERVICE_QUOTAS.customAttributesPerInstance;

/** Gives instances attributes, or other values to those that they have. (INS-15) */
export const putAttributes: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  checkAttributes(input.attributes);
  return store.write((tx) => {
    const owner = ownerOfTargets(tx, installation, input.cluster);
    const put = input.attributes.map((attribute): Attribute => {
      const instance = withAttribute(targetOf(tx, owner, attribute), attribute);
      const count = instance.attributes.filter(({ name }) => isCustom(name)).length;
      if (count > CUSTOM_MAX_COUNT) throw ecsErrors.attributesTooMany();
      tx.put(containerInstances, instance);
      const { name, value } = attribute;
      return { name, ...(value ? { value } : {}), targetId: instance.containerInstanceArn };
    });
    return { attributes: put };
  });
};

function withAttribute(instance: ContainerInstance, { name, value }: Attribute): ContainerInstance {
  const others = instance.attributes.filter((attribute) => attribute.name !== name);
  const attributes = [...others, { name, ...(value ? { value } : {}) }];
  attributes.sort((one, other) => (one.name < other.name ? -1 : 1));
  return { ...instance, attributes, version: instance.version + 1 };
}
