import type { MetadataAnswer } from './metadata-neighbours.ts';

/**
 * The answer below a container's path when it asks for associations; undefined for other paths. Only Elastic Inference,
 * which is gone, had such things, so a task has none of any type. (TMD-10)
 */
export function associations(path: string): MetadataAnswer | undefined {
  const [kind, type, name, ...rest] = path.split('/');
  if (kind !== 'associations' || type === undefined || rest.length > 0) return undefined;
  if (name === undefined) return { status: 200, body: { Associations: [] } };
  const body = `unable to get association value with type ${type} and name ${name}: the task has no such association`;
  return { status: 400, body };
}
