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

/** What a host that lies tells: see `lies.ts`. */
export const LIES = [
  'unknown-task',
  'moves-back',
  'runs-after-end',
  'repeats',
  'end-before-start',
  'wrong-container',
  'changes-its-story',
  'claims-port',
  'claims-resources',
  'impossible-times',
] as const;

export type Lie = (typeof LIES)[number];

/** Something that happens at an instant, in seconds from the start. */
export type ScenarioStep = { readonly atSeconds: number } & (ServiceStep | HostStep | OtherStep);

/** A command for a service; its number counts modulo how many there are. */
export type ServiceStep = { readonly service?: number | undefined } & (
  | { readonly kind: 'deploy'; readonly revision: Revision }
  | { readonly kind: 'force-deployment' }
  | { readonly kind: 'stop-deployment'; readonly stopType: 'ROLLBACK' | 'ABORT' }
  | { readonly kind: 'continue-deployment'; readonly action: 'CONTINUE' | 'ROLLBACK' }
  | { readonly kind: 'scale'; readonly desiredCount: number }
  | { readonly kind: 'set-percents'; readonly maximumPercent: number; readonly minimumHealthyPercent: number }
  | { readonly kind: 'set-balancing'; readonly isOn: boolean }
  /** The service is deleted by force, and made again as soon as its name is free. */
  | { readonly kind: 'recreate' }
  /** A user runs tasks beside the service, which hold room on its hosts until they are stopped. */
  | { readonly kind: 'run-tasks'; readonly count: number }
  /** Of EXTERNAL services: someone else's deployments. Of all others: refused. */
  | { readonly kind: 'create-task-set'; readonly revision: Revision; readonly scalePercent: number }
  | { readonly kind: 'scale-task-set'; readonly set: number; readonly scalePercent: number }
  | { readonly kind: 'make-primary'; readonly set: number }
  | { readonly kind: 'delete-task-set'; readonly set: number }
  /** What AWS refuses is asked for: it must be refused, and change nothing. */
  | { readonly kind: 'ask-nonsense' }
);

/** Something that happens to a host; its number counts modulo how many there are. */
export type HostStep = { readonly host: number } & (
  | { readonly kind: 'kill-container' }
  | { readonly kind: 'lose-link'; readonly forSeconds: number }
  /** The control plane is away for a moment, and starts again while the link that was lost meanwhile still is. */
  | { readonly kind: 'lose-link-in-restart'; readonly forSeconds: number }
  /** The link is lost and back again, many times. */
  | { readonly kind: 'flap'; readonly times: number }
  /** This host and those after it are cut off; their tasks go on. */
  | { readonly kind: 'partition'; readonly hostCount: number; readonly forSeconds: number }
  /** The host loses all its containers, and its agent is back later. */
  | { readonly kind: 'crash-host'; readonly forSeconds: number }
  /** An operator has the host drain, and takes it back later. */
  | { readonly kind: 'drain'; readonly forSeconds: number }
  /** What the host is asked for takes this long to arrive, for a while. */
  | { readonly kind: 'slow-host'; readonly delaySeconds: number; readonly forSeconds: number }
  | { readonly kind: 'lie'; readonly lie: Lie }
  /** An operator gives the host another colour, which constraints ask for. */
  | { readonly kind: 'paint'; readonly color: 'blue' | 'red' }
);

type OtherStep =
  | { readonly kind: 'protect-task'; readonly forMinutes: number }
  | { readonly kind: 'raise-alarm'; readonly forSeconds: number }
  /** A user stops a task; which one is drawn. */
  | { readonly kind: 'stop-task' }
  /** The tag of a revision's image moves to other content. */
  | { readonly kind: 'push-image'; readonly revision: Revision }
  /** A user deploys another revision of the managed daemon, if there is one. */
  | { readonly kind: 'deploy-daemon'; readonly revision: Revision }
  /** Everything of the control plane but the log is gone, and starts again. */
  | { readonly kind: 'restart'; readonly forSeconds: number };

/** A service as it is made at first. */
export interface ServicePlan {
  readonly kind: 'REPLICA' | 'DAEMON' | 'EXTERNAL';
  /** `MIX` is a strategy over FARGATE and FARGATE_SPOT. DAEMON services are on EC2. */
  readonly capacity: 'FARGATE' | 'MIX' | 'EC2';
  /** On EC2: every task holds the same port of its host, so that a host takes one such task. */
  readonly holdsPort: boolean;
  /** On EC2: `distinct` is the constraint of one on each host, `blue` that of blue hosts. */
  readonly placement: 'default' | 'binpack' | 'random' | 'spread' | 'distinct' | 'blue';
  /** Each deployment keeps to the digest that its first task found. */
  readonly isPinned: boolean;
  readonly desiredCount: number;
  readonly maximumPercent: number;
  readonly minimumHealthyPercent: number;
  readonly hasBreaker: boolean;
  /** What else the deployments have: a pause of five minutes, an alarm that is watched, or an early success. */
  readonly extra: 'none' | 'pause' | 'alarms' | 'early-blocking' | 'early-deferred';
  readonly firstRevision: Revision;
}

/** A managed daemon as it is made at first. */
export interface DaemonPlan {
  readonly drainPercent: number;
  readonly isCritical: boolean;
}

export interface Scenario {
  /** Decides delays, ids, duplicates and choices. */
  readonly seed: string;
  readonly hostCount: number;
  /** How many tasks fit on a host. */
  readonly tasksPerHost: number;
  /** Reports arrive late, twice or in another order. */
  readonly isUnreliable: boolean;
  /** Some commits take their time, so that a crash can come between one and its acknowledgement. */
  readonly isDiskSlow: boolean;
  /** At least one. */
  readonly services: readonly ServicePlan[];
  /** It runs on all hosts that are not of the FARGATE pool, beside the services. */
  readonly managedDaemon?: DaemonPlan | undefined;
  readonly steps: readonly ScenarioStep[];
}

/** Where a scenario ends and its faults are lifted: one minute after its last step, in seconds from the start. */
export const scenarioEndSeconds = (scenario: Scenario): number =>
  60 +
  Math.max(0, ...scenario.steps.map((step) => step.atSeconds + ('forSeconds' in step ? step.forSeconds : 0)));
