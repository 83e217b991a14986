import type { LaunchNotice, Service } from '../../domain/service.ts';
import { plusMs } from '../../lib/clock.ts';
import { appendServiceEvent } from '../../records/services.ts';
import type { ApplyDeps } from './change-deployment.ts';

/** The same message is not written again before this time. (SVC-21) */
const REPEAT_AFTER_MS = 6 * 60 * 60 * 1000;

/**
 * The service after a launch that ended with `notice`, or well when there is none. The event is written when the notice
 * is a new one, or an old one that has not been said for long. (SVC-21)
 */
export function withLaunchNotice(
  deps: ApplyDeps,
  service: Service,
  notice: Omit<LaunchNotice, 'writtenAt'> | undefined,
): Service {
  const before = service.launchNotice;
  if (notice === undefined) return before === undefined ? service : { ...service, launchNotice: undefined };
  const isSaid = before?.message === notice.message && deps.now < plusMs(before.writtenAt, REPEAT_AFTER_MS);
  // FARGATE has one text for every cause, and old tasks make room for new ones where only room is missing.
  if (isSaid)
    return before.cause === notice.cause ? service : { ...service, launchNotice: { ...before, ...notice } };
  const { message } = notice;
  deps.log.warn('service.launch-failed', { serviceArn: service.serviceArn, message });
  const told = appendServiceEvent(deps.tx, service, { ...deps, message });
  return { ...told, launchNotice: { ...notice, writtenAt: deps.now } };
}
