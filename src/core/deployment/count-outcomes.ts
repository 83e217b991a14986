import type { Deployment } from '../../domain/service.ts';
import { type Instant, plusMs } from '../../lib/clock.ts';
import { BACK_OFF_EVENT_FAILURES, nextLaunchAt } from './back-off.ts';
import { BACKING_OFF, UNHEALTHY_REASON } from './event-texts.ts';
import type { ServiceDecision } from './service-decision.ts';
import type { ServiceTask, ServiceView } from './service-view.ts';
import { isServing } from './task-class.ts';

/** What the end of a task says about its deployment. */
type Outcome = 'never-ran' | 'failed-early' | 'failed-health-check' | 'no-failure';

/** The deployments with their counters brought up to date, and the decisions that say so. */
export interface Counted {
  readonly deployments: readonly Deployment[];
  readonly decisions: readonly ServiceDecision[];
}

/** A crash soon after RUNNING is no launch failure; it only slows the next start down, up to this step. (DEP-8) */
const CRASH_PAUSE_MOST_FAILURES = 4;

/**
 * Counts each recovery and each end of a task once. Recoveries count first, so that failures of the same moment
 * are not forgotten. (DEP-7, DEP-8)
 */
export function countOutcomes(view: ServiceView): Counted {
  const decisions: ServiceDecision[] = [];
  const deployments = view.service.deployments.map((deployment) =>
    countDeployment(view, deployment, decisions),
  );
  const known = new Set(deployments.map((deployment) => deployment.id));
  for (const task of view.endedTasks) {
    if (!known.has(task.deploymentId ?? ''))
      decisions.push({ kind: 'count-task', taskArn: task.taskArn, as: 'STOPPED' });
  }
  return { deployments, decisions };
}

function countDeployment(view: ServiceView, before: Deployment, decisions: ServiceDecision[]): Deployment {
  const live = ofDeployment(view.tasks, before);
  let deployment = withDigests(forgiveRunning(before, live), live);
  for (const task of live) {
    if (task.countedAs !== undefined || !isServing(view, task)) continue;
    decisions.push({ kind: 'count-task', taskArn: task.taskArn, as: 'HEALTHY' });
    deployment = forgiveHealthy(view, deployment);
  }
  for (const task of ofDeployment(view.endedTasks, before)) {
    decisions.push({ kind: 'count-task', taskArn: task.taskArn, as: 'STOPPED' });
    deployment = blame(deployment, outcomeOf(view, task), view.now);
  }
  if (deployment === before) return before;
  const { failedTasks, lastFailureAt, launchFailures, nextLaunchAt: next, imageDigests } = deployment;
  decisions.push({
    kind: 'change-deployment',
    deploymentId: before.id,
    change: { failedTasks, lastFailureAt, launchFailures, nextLaunchAt: next, imageDigests },
  });
  if (before.launchFailures < BACK_OFF_EVENT_FAILURES && launchFailures >= BACK_OFF_EVENT_FAILURES) {
    decisions.push({ kind: 'event', message: BACKING_OFF });
  }
  return deployment;
}

const ofDeployment = (tasks: readonly ServiceTask[], deployment: Deployment): readonly ServiceTask[] =>
  tasks.filter((task) => task.deploymentId === deployment.id);

/** A task that came to RUNNING after the last failure ends the run of launch failures. */
function forgiveRunning(deployment: Deployment, live: readonly ServiceTask[]): Deployment {
  const { lastFailureAt, launchFailures } = deployment;
  if (launchFailures === 0 || lastFailureAt === undefined) return deployment;
  const hasStarted = live.some((task) => task.startedAt !== undefined && task.startedAt > lastFailureAt);
  return hasStarted ? { ...deployment, launchFailures: 0, nextLaunchAt: undefined } : deployment;
}

function forgiveHealthy({ service }: ServiceView, deployment: Deployment): Deployment {
  const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
  if (breaker?.resetOnHealthyTask === false || deployment.failedTasks === 0) return deployment;
  return { ...deployment, failedTasks: 0 };
}

/** The first task that knows the digest of an image decides for the later ones. (DEP-11) */
function withDigests(deployment: Deployment, live: readonly ServiceTask[]): Deployment {
  let { imageDigests } = deployment;
  for (const { containers } of live) {
    for (const { image, imageDigest } of containers) {
      if (imageDigest !== undefined && imageDigests[image] === undefined)
        imageDigests = { ...imageDigests, [image]: imageDigest };
    }
  }
  return imageDigests === deployment.imageDigests ? deployment : { ...deployment, imageDigests };
}

/** Ends that say nothing about the revision: somebody's wish, or the host's fate. */
export const BLAMELESS_STOP_CODES: readonly ServiceTask['stopCode'][] = [
  'UserInitiated',
  'ServiceSchedulerInitiated',
  'SpotInterruption',
  'TerminationNotice',
  'InfrastructureHealth',
];

function outcomeOf(view: ServiceView, task: ServiceTask): Outcome {
  if (task.stopCode === 'ServiceSchedulerInitiated' && task.stoppedReason === UNHEALTHY_REASON) {
    return 'failed-health-check';
  }
  if (BLAMELESS_STOP_CODES.includes(task.stopCode)) return 'no-failure';
  if (task.startedAt === undefined) return 'never-ran';
  if (task.countedAs === 'HEALTHY') return 'no-failure';
  const hadHealthCheck = task.containers.some(
    (container) => container.essential && container.healthStatus !== undefined,
  );
  const countsAt = plusMs(task.startedAt, view.settings.healthyAfterRunningMs);
  return !hadHealthCheck && (task.stoppedAt ?? view.now) >= countsAt ? 'no-failure' : 'failed-early';
}

function blame(deployment: Deployment, outcome: Outcome, now: Instant): Deployment {
  if (outcome === 'no-failure') return deployment;
  if (outcome === 'never-ran') return blameLaunch(deployment, now);
  const failed = { ...deployment, failedTasks: deployment.failedTasks + 1, lastFailureAt: now };
  if (outcome === 'failed-health-check') return failed;
  return {
    ...failed,
    nextLaunchAt: nextLaunchAt(now, Math.min(failed.failedTasks, CRASH_PAUSE_MOST_FAILURES)),
  };
}

/** The deployment after one more start that did not lead to RUNNING. (DEP-7, DEP-8) */
export function blameLaunch(deployment: Deployment, now: Instant): Deployment {
  const launchFailures = deployment.launchFailures + 1;
  return {
    ...deployment,
    failedTasks: deployment.failedTasks + 1,
    lastFailureAt: now,
    launchFailures,
    nextLaunchAt: nextLaunchAt(now, launchFailures),
  };
}
