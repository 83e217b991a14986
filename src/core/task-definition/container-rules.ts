import type { ContainerDefinition } from '../../shapes/generated/ecs.ts';
import { type ContainerRule, forEachContainer, type Rule } from './draft.ts';

const NAME = /^[A-Za-z0-9_-]{1,255}$/;
const IMAGE_MAX_LENGTH = 255;
/** The forms are user, user:group, uid, uid:gid, user:gid and uid:group; neither part may be empty. */
const USER = /^[^\s:]+(?::[^\s:]+)?$/;
/** What Docker 20.10 and later need at least. */
const MEMORY_MIN_MIB = 6;
const CREDENTIAL_SPECS_MAX_COUNT = 1;

const identity: readonly ContainerRule[] = [
  ({ name }) => (name === undefined ? 'Container.name should not be null or empty.' : undefined),
  ({ name = '' }) => (NAME.test(name) ? undefined : 'Container.name contains invalid characters.'),
  ({ image }) => (image === undefined ? 'Container.image should not be null or empty.' : undefined),
  ({ image = '' }) =>
    (image.split('@')[0] ?? '').length > IMAGE_MAX_LENGTH
      ? 'Container.image should be 255 characters or less'
      : undefined,
  ({ user }) => (user === undefined || USER.test(user) ? undefined : 'user contains invalid characters.'),
  ({ credentialSpecs = [] }) =>
    credentialSpecs.length > CREDENTIAL_SPECS_MAX_COUNT
      ? 'Only one credential spec can be specified.'
      : undefined,
];

/** Names, images and which containers are essential. (TDF-4) */
export const containerRules: readonly Rule[] = [
  forEachContainer(identity),
  ({ containers }) =>
    new Set(containers.map(({ name }) => name)).size < containers.length
      ? 'Container names must be unique within a Task Definition.'
      : undefined,
  ({ containers }) =>
    containers.some(({ essential }) => essential !== false)
      ? undefined
      : "Task definition doesn't have any essential container",
];

const size: readonly ContainerRule[] = [
  ({ name, memory, memoryReservation }, { request }) =>
    request.memory === undefined && memory === undefined && memoryReservation === undefined
      ? `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`
      : undefined,
  ({ name, cpu = 0 }) => (cpu < 0 ? `Invalid 'cpu' setting for container '${name}'.` : undefined),
  ({ name, memory = MEMORY_MIN_MIB }) =>
    memory < MEMORY_MIN_MIB ? `Invalid 'memory' setting for container '${name}'.` : undefined,
  ({ name, memoryReservation = 1 }) =>
    memoryReservation < 1 ? `Invalid 'memoryReservation' setting for container '${name}'.` : undefined,
  ({ name, memory, memoryReservation = 0 }) =>
    memory !== undefined && memory < memoryReservation
      ? `Invalid setting for container '${name}'. 'memory' must be greater than or equal to 'memoryReservation'`
      : undefined,
  ({ name, memory = 0 }, { memoryMib = Number.POSITIVE_INFINITY }) =>
    memory > memoryMib
      ? `The 'memory' setting for container '${name}' is greater than for the task.`
      : undefined,
];

/** CPU and memory of the containers, alone and against the task's. (TDF-5) */
export const containerSizeRules: readonly Rule[] = [
  forEachContainer(size),
  ({ containers, memoryMib = Number.POSITIVE_INFINITY }) =>
    sum(containers, ({ memoryReservation = 0 }) => memoryReservation) > memoryMib
      ? "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'."
      : undefined,
  ({ containers, cpuUnits = Number.POSITIVE_INFINITY }) =>
    sum(containers, ({ cpu = 0 }) => cpu) > cpuUnits
      ? "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."
      : undefined,
];

const sum = (
  containers: readonly ContainerDefinition[],
  amount: (container: ContainerDefinition) => number,
): number => containers.reduce((total, container) => total + amount(container), 0);
