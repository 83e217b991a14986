/**
 * A scenario is data: what there is at first, and a list of timed commands and faults. It is drawn and shrunk by
 * generators, printed when it fails, and kept as a test afterwards.
 */

/**
 * How the containers of a revision behave: `good` and `better` run; `checked` runs and its health check passes; `sick`
 * runs and its health check fails; `missing` cannot be pulled; `crashing` exits soon after its start.
 */
export const REVISIONS = ['good', 'better', 'checked', 'sick', 'missing', 'crashing'] as const;

export type Revision = (typeof REVISIONS)[number];

/** Something that happens at an instant, in seconds from the start. */
export type ScenarioStep = { readonly atSeconds: number } & (
  | { readonly kind: 'deploy'; readonly revision: Revision }
  | { readonly kind: 'force-deployment' }
  | { readonly kind: 'stop-deployment'; readonly stopType: 'ROLLBACK' | 'ABORT' }
  | { readonly kind: 'protect-task'; readonly forMinutes: number }
  | { readonly kind: 'raise-alarm'; readonly forSeconds: number }
  | { readonly kind: 'scale'; readonly desiredCount: number }
  | { readonly kind: 'set-percents'; readonly maximumPercent: number; readonly minimumHealthyPercent: number }
  /** The service is deleted by force, and made again as soon as its name is free. */
  | { readonly kind: 'recreate' }
  /** A user runs tasks beside the service, which hold room on its hosts until they are stopped. */
  | { readonly kind: 'run-tasks'; readonly count: number }
  /** A user stops a task; which one is drawn. */
  | { readonly kind: 'stop-task' }
  /** The container of one task exits by itself. */
  | { readonly kind: 'kill-container'; readonly host: number }
  | { readonly kind: 'lose-link'; readonly host: number; readonly forSeconds: number }
  /** The host loses all its containers, and its agent is back later. */
  | { readonly kind: 'crash-host'; readonly host: number; readonly forSeconds: number }
  /** An operator has the host drain, and takes it back later. */
  | { readonly kind: 'drain'; readonly host: number; readonly forSeconds: number }
  /** Everything of the control plane but the log is gone, and starts again. */
  | { readonly kind: 'restart'; readonly forSeconds: number }
);

export interface Scenario {
  /** Decides delays, ids, duplicates and choices. */
  readonly seed: string;
  readonly launchType: 'FARGATE' | 'EC2';
  readonly hostCount: number;
  /** How many tasks fit on a host. */
  readonly tasksPerHost: number;
  /** On EC2: every task holds the same port of its host, so that a host takes one task. */
  readonly holdsPort: boolean;
  /** On EC2: how the service's tasks are placed; `distinct` is the constraint of one on each host. */
  readonly placement: 'default' | 'binpack' | 'random' | 'distinct';
  /** Reports arrive late, twice or in another order. */
  readonly isUnreliable: boolean;
  readonly desiredCount: number;
  readonly maximumPercent: number;
  readonly minimumHealthyPercent: number;
  readonly hasBreaker: boolean;
  /** What else the deployments have: a pause of five minutes, an alarm that is watched, or an early success. */
  readonly extra: 'none' | 'pause' | 'alarms' | 'early-blocking' | 'early-deferred';
  readonly firstRevision: Revision;
  readonly steps: readonly ScenarioStep[];
}

/** Where a scenario ends and its faults are lifted: one minute after its last step, in seconds from the start. */
export const scenarioEndSeconds = (scenario: Scenario): number =>
  60 +
  Math.max(0, ...scenario.steps.map((step) => step.atSeconds + ('forSeconds' in step ? step.forSeconds : 0)));
