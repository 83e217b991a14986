import { SERVICE_QUOTAS } from '../../core/service-quotas.ts';
import type { RunTaskRequest } from '../../shapes/generated/ecs.ts';
import { checkTags } from './cluster-rules.ts';
import { ecsErrors } from './errors.ts';

const COUNT_MAX = SERVICE_QUOTAS.tasksPerRun;
const STARTED_BY = /^[A-Za-z0-9_/-]{1,128}$/;
const CLIENT_TOKEN = /^[\x21-\x7e]{1,64}$/;
const GROUP_MAX_LENGTH = 255;
const REFERENCE_MAX_LENGTH = 1024;

/** Refuses what RunTask's members can be judged by alone, without looking at any state. (TSK-7) */
export function checkRunTaskMembers(input: RunTaskRequest): void {
  const { count = 1, startedBy, clientToken, group, referenceId } = input;
  if (input.enableExecuteCommand) throw ecsErrors.unsupportedFeature('enableExecuteCommand');
  if ((input.volumeConfigurations ?? []).length > 0)
    throw ecsErrors.unsupportedFeature('volumeConfigurations');
  if (!Number.isInteger(count) || count < 1 || count > COUNT_MAX) {
    throw ecsErrors.invalid(`count must be between 1 and ${COUNT_MAX}.`);
  }
  if (startedBy && !STARTED_BY.test(startedBy)) {
    throw ecsErrors.invalid(
      'startedBy can have up to 128 letters, numbers, hyphens, forward slashes and underscores.',
    );
  }
  if (clientToken && !CLIENT_TOKEN.test(clientToken)) {
    throw ecsErrors.invalid('clientToken can have up to 64 printable ASCII characters.');
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
