import type { PayloadTask } from '../domain/task-payload.ts';
import type { MetadataAnswer } from './metadata-neighbours.ts';

/** Whose associations are asked for, and by which path below the container's. */
export interface AssociationCall {
  readonly payload: Pick<PayloadTask, 'associations'>;
  readonly containerName: string;
  readonly path: string;
}

/**
 * What a container is associated with, by type, or what is known of one of these; undefined for other paths. GPUs are
 * the only type there is; Elastic Inference is gone. (TMD-10)
 */
export function associations({ payload, containerName, path }: AssociationCall): MetadataAnswer | undefined {
  const [kind, type, name, ...rest] = path.split('/');
  if (kind !== 'associations' || type === undefined || rest.length > 0) return undefined;
  const found = (payload.associations ?? []).filter((each) => each.type === type);
  if (name === undefined) {
    const own = found.filter(({ containers }) => containers.includes(containerName));
    return { status: 200, body: { Associations: own.map((each) => each.name) } };
  }
  const one = found.find((each) => each.name === decodeURIComponent(name));
  return one === undefined
    ? { status: 400, body: `unable to get association value with type ${type} and name ${name}` }
    : { status: 200, body: one.content.value };
}
