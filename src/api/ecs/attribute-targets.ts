import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import type { Scope } from '../../domain/arn.ts';
import { parseArn } from '../../domain/arn.ts';
import type { ContainerInstance } from '../../domain/container-instance.ts';
import { refuse } from '../../lib/service-error.ts';
import { findHostCluster, findInstance } from '../../records/instances.ts';
import type { Attribute } from '../../shapes/generated/ecs.ts';
import type { ReadTx } from '../../store/store.ts';
import { ecsErrors } from './errors.ts';

const NAME = /^[A-Za-z0-9_/\\.-]{1,128}$/;
const VALUE = /^(?! )[A-Za-z0-9_.@/\\: -]{1,128}(?<! )$/;
const ATTRIBUTES_MAX_COUNT = SERVICE_QUOTAS.attributesPerRequest;

/** Names that only agents and the server give. */
const RESERVED_PREFIXES: readonly string[] = ['ecs.', 'com.amazonaws.', 'gantry.'];

/** True for attributes that users give, and may change and take away. (INS-15) */
export const isCustom = (name: string): boolean =>
  !RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));

/** Refuses lists of attributes that are empty, too long, or hold a name or value that no attribute has. (INS-15) */
export function checkAttributes(attributes: readonly Attribute[]): void {
  if (attributes.length === 0) throw ecsErrors.attributesEmpty();
  if (attributes.length > ATTRIBUTES_MAX_COUNT) {
    throw ecsErrors.invalid(`attributes can have at most ${ATTRIBUTES_MAX_COUNT} items.`);
  }
  for (const { name, value } of attributes) {
    if (!NAME.test(name)) throw ecsErrors.invalid(`Invalid attribute name: ${name}`);
    if (!isCustom(name)) throw ecsErrors.invalid(`The attribute ${name} is not a custom attribute.`);
    if (value !== undefined && value !== '' && !VALUE.test(value)) {
      throw ecsErrors.invalid(`Invalid attribute value: ${value}`);
    }
  }
}

/** The ARN of the cluster or pool whose instances a request is about. */
export const ownerOfTargets = (tx: ReadTx, scope: Scope, cluster: string | undefined): string =>
  findHostCluster(tx, scope, cluster) ?? refuse(ecsErrors.clusterNotFound());

/** The instance that an attribute is of. A short id needs the type beside it. (INS-15) */
export function targetOf(
  tx: ReadTx,
  owner: string,
  { targetId = '', targetType }: Attribute,
): ContainerInstance {
  const type = targetType ?? parseArn(targetId)?.resource.split('/')[0];
  if (type !== 'container-instance') throw ecsErrors.attributeTargetType();
  const instance = findInstance(tx, owner, targetId);
  if (instance === undefined || instance.status === 'INACTIVE') {
    throw ecsErrors.attributeTargetUnknown(targetId);
  }
  return instance;
}
