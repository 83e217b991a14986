/** Texts of a service deployment's `statusReason` and of its rollback's `reason`. (SDP-5) */

export const BREAKER_ROLLED_BACK =
  'Service deployment rolled back because the circuit breaker threshold was exceeded.';

/** What follows a rollback that has nothing to go back to. */
export const NO_CANDIDATE = 'No rollback candidate was found to run the rollback.';

/** AWS's texts for the ends below are not published; these are ours, in the manner of the others. */
export const BREAKER_STOPPED =
  'Service deployment stopped because the circuit breaker threshold was exceeded.';
export const ALARM_ROLLED_BACK = 'Service deployment rolled back because an alarm was detected.';
export const ALARM_STOPPED = 'Service deployment stopped because an alarm was detected.';
export const REQUEST_ROLLED_BACK = 'Service deployment rolled back because a rollback was requested.';
export const REQUEST_STOPPED = 'Service deployment stopped because a stop was requested.';
export const SUPERSEDED = 'Service deployment stopped because a newer service deployment began.';
export const SERVICE_DELETED = 'Service deployment stopped because the service was deleted.';

/** The hook's timeout ran out, and its action is to roll back. */
export const pauseTimedOut = (stage: string): string =>
  `Service deployment rolled back because ${stage} pause hook timed out.`;
