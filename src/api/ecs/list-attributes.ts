import { pageOf, readPageToken } from '../../lib/pagination.ts';
import { containerInstances } from '../../records/collections.ts';
import { poolClusterArn } from '../../records/instances.ts';
import type { Attribute, EcsOperations, ListAttributesRequest } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Operation } from '../operation.ts';
import { ownerOfTargets } from './attribute-targets.ts';
import { ecsErrors } from './errors.ts';
import { pageSize } from './page-size.ts';

type Shapes = EcsOperations['ListAttributes'];

/** Lists the attributes of the instances of a cluster, by instance and name; those of one name, or one value. (INS-15) */
export const listAttributes: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) => {
  const size = pageSize(input.maxResults);
  const after = readPageToken(input.nextToken) ?? '';
  if (input.targetType !== 'container-instance') throw ecsErrors.attributeTargetType();
  const rows = store.read((tx) => {
    const owner = ownerOfTargets(tx, installation, input.cluster);
    return attributesOf(tx, { owner, isPool: owner === poolClusterArn(installation) }, input);
  });
  const page = pageOf(rows.filter((row) => keyOf(row) > after).slice(0, size + 1), size, keyOf);
  return { attributes: page.rows, nextToken: page.nextToken };
};

const keyOf = ({ targetId, name }: Attribute): string => `${targetId} ${name}`;

function attributesOf(
  tx: ReadTx,
  { owner, isPool }: { readonly owner: string; readonly isPool: boolean },
  { attributeName, attributeValue }: ListAttributesRequest,
): readonly Attribute[] {
  const instances = isPool
    ? tx.find(containerInstances, 'pool', 'FARGATE')
    : tx.find(containerInstances, 'cluster', owner);
  return instances.flatMap(({ attributes, containerInstanceArn: targetId }) =>
    [...attributes]
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .filter(({ name }) => !attributeName || name === attributeName)
      .filter(({ value }) => !attributeValue || value === attributeValue)
      .map(({ name, value }) => ({ name, ...(value === undefined ? {} : { value }), targetId })),
  );
}
