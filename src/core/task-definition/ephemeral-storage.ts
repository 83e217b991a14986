import type { EphemeralStorage } from '../../shapes/generated/ecs.ts';

const LEAST_GIB = 21;
const MOST_GIB = 200;

/** The text for storage that a task cannot ask for: it is FARGATE's, 21 to 200 GiB; 0 asks for nothing. (TDF-26) */
export function brokenEphemeralStorage(
  storage: EphemeralStorage | undefined,
  isFargate: boolean,
): string | undefined {
  const sizeGib = storage?.sizeInGiB ?? 0;
  if (sizeGib === 0) return undefined;
  if (!isFargate) return 'Tasks using the EC2 launch type do not support EphemeralStorage.';
  if (sizeGib < LEAST_GIB) return `EphemeralStorage size should be at least ${LEAST_GIB}`;
  return sizeGib > MOST_GIB ? `EphemeralStorage size should be at most ${MOST_GIB}` : undefined;
}
