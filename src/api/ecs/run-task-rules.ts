import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import type { RunTaskRequest, StartTaskRequest } from '../../shapes/generated/ecs.ts';
import { checkTags } from './cluster-rules.ts';
import { ecsErrors } from './errors.ts';

const COUNT_MAX = SERVICE_QUOTAS.tasksPerRun;
const STARTED_BY = /^[A-Za-z0-9_/-]+$/;
const STARTED_BY_MAX_LENGTH = 128;
/** Of StartTask. */
const MANUAL_STARTED_BY_MAX_LENGTH = 36;
const CLIENT_TOKEN = /^[\x21-\x7e]{1,64}$/;
const GROUP_MAX_LENGTH = 255;
const REFERENCE_MAX_LENGTH = 1024;

/** Refuses what RunTask's members can be judged by alone, without looking at any state. (TSK-7) */
export function checkRunTaskMembers(input: RunTaskRequest): void {
  const { count = 1, clientToken } = input;
  if (!Number.isInteger(count) || count < 1 || count > COUNT_MAX) {
    throw ecsErrors.invalid(`count must be between 1 and ${COUNT_MAX}.`);
  }
  if (clientToken && !CLIENT_TOKEN.test(clientToken)) {
    throw ecsErrors.invalid('clientToken can have up to 64 printable ASCII characters.');
  }
  checkSharedMembers(input, STARTED_BY_MAX_LENGTH);
}

/** As `checkRunTaskMembers`, of StartTask. (TSK-46) */
export function checkStartTaskMembers(input: StartTaskRequest): void {
  const { containerInstances } = input;
  if (containerInstances.length === 0) throw ecsErrors.instancesEmpty();
  if (containerInstances.length > COUNT_MAX) throw ecsErrors.instancesTooMany(COUNT_MAX);
  checkSharedMembers(input, MANUAL_STARTED_BY_MAX_LENGTH);
}

type SharedMembers = Pick<
  RunTaskRequest & StartTaskRequest,
  'volumeConfigurations' | 'startedBy' | 'group' | 'referenceId' | 'propagateTags' | 'tags'
>;

function checkSharedMembers(input: SharedMembers, startedByMaxLength: number): void {
  const { startedBy, group, referenceId } = input;
  if ((input.volumeConfigurations ?? []).length > 0)
    throw ecsErrors.unsupportedFeature('volumeConfigurations');
  if (startedBy && (!STARTED_BY.test(startedBy) || startedBy.length > startedByMaxLength)) {
    throw ecsErrors.invalid(
      `startedBy can have up to ${startedByMaxLength} letters, numbers, hyphens, forward slashes and underscores.`,
    );
  }
  if ((group ?? '').length > GROUP_MAX_LENGTH) {
    throw ecsErrors.invalid(`group must be at most ${GROUP_MAX_LENGTH} characters.`);
  }
  if ((referenceId ?? '').length > REFERENCE_MAX_LENGTH) {
    throw ecsErrors.invalid(`referenceId must be at most ${REFERENCE_MAX_LENGTH} characters.`);
  }
  if (input.propagateTags === 'SERVICE') {
    throw ecsErrors.invalid('propagateTags SERVICE is only valid for tasks of a service.');
  }
  checkTags(input.tags ?? []);
}
