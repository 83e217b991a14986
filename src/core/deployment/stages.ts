import type { Deployment, DeploymentHook } from '../../domain/service.ts';
import { type Instant, plusMs } from '../../lib/clock.ts';
import type {
  DeploymentConfiguration,
  DeploymentLifecycleHook,
  DeploymentLifecycleHookStage,
} from '../../shapes/generated/ecs.ts';
import type { HookOpening, ServiceDecision } from './service-decision.ts';
import type { ServiceView } from './service-view.ts';
import { groupTasks, keptCount, type TaskGroup } from './task-groups.ts';

/** The stages of a rolling deployment, in their order. (DEP-20) */
const STAGES = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'SCALE_UP',
  'POST_SCALE_UP',
  'BAKE_TIME',
  'CLEAN_UP',
] as const;

type Stage = (typeof STAGES)[number];

/** Stages at which a rolling deployment can be paused: it has no others, for it shifts no traffic. (DEP-21) */
export const PAUSABLE_STAGES: readonly DeploymentLifecycleHookStage[] = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'POST_SCALE_UP',
];

/** How long a deployment with alarms is watched when nothing else is asked for. AWS says less than 5 minutes. (DEP-23) */
const DEFAULT_BAKE_MINUTES = 1;
/** A pause without a timeout of its own. (DEP-21; AWS: DeploymentLifecycleHook) */
const DEFAULT_PAUSE_MINUTES = 1440;

/** A deployment after its stages were looked at. */
export interface Staged {
  readonly deployment: Deployment;
  readonly decisions: readonly ServiceDecision[];
  /** All stages are behind it: it is completed. */
  readonly isOver: boolean;
}

/** A deployment that waits at one of these stages starts no task of its own. */
export const isPaused = ({ rolloutState, lifecycleStage }: Deployment): boolean =>
  rolloutState === 'IN_PROGRESS' &&
  (lifecycleStage === 'RECONCILE_SERVICE' || lifecycleStage === 'PRE_SCALE_UP');

/** The pause that ran out with the wish to roll back. (DEP-21) */
export const timedOutHook = ({ hooks = [] }: Deployment, now: Instant): DeploymentHook | undefined =>
  hooks.find((hook) => isWaiting(hook) && hook.expiresAt <= now && hook.timeoutAction === 'ROLLBACK');

const isWaiting = ({ status }: DeploymentHook): boolean => status === 'AWAITING_ACTION';

/**
 * Takes the PRIMARY deployment through as many stages as it can pass now. Undefined for one without stages: nothing is
 * asked for that would hold it, it goes back, or it is over. (DEP-20)
 */
export function advanceStages(view: ServiceView): Staged | undefined {
  const [before] = view.service.deployments;
  const configuration = view.service.deploymentConfiguration;
  const isOpen = before?.rolloutState === 'IN_PROGRESS' && view.service.status === 'ACTIVE';
  if (before === undefined || !isOpen || before.rollbackOf !== undefined || !hasStages(configuration))
    return undefined;
  const groups = groupTasks(view, view.service.deployments);
  const decisions: ServiceDecision[] = [];
  let deployment = entered(view, before);
  let isOver = false;
  for (let at = STAGES.indexOf(deployment.lifecycleStage as Stage); at < STAGES.length; at += 1) {
    const stage = STAGES[at] ?? 'CLEAN_UP';
    deployment = { ...deployment, ...entryOf(view, deployment, stage), lifecycleStage: stage };
    const openings = openingsOf(view, deployment, stage);
    if (openings.length > 0) decisions.push({ kind: 'open-hooks', deploymentId: before.id, stage, openings });
    const isHeld = openings.length > 0 || (deployment.hooks ?? []).some(isWaiting);
    if (isHeld || !isPassed(view, groups, deployment)) break;
    isOver = at === STAGES.length - 1;
  }
  return { deployment, decisions: [...changeOf(before, deployment), ...decisions], isOver };
}

const hasStages = ({ lifecycleHooks, alarms, earlySuccessCriteria }: DeploymentConfiguration): boolean =>
  (lifecycleHooks ?? []).length > 0 || alarms?.enable === true || earlySuccessCriteria?.enable === true;

/** The deployment at its first stage, with pauses that ran out and let it go on marked so. */
function entered({ service, raisedAlarms, now }: ServiceView, deployment: Deployment): Deployment {
  const { alarms } = service.deploymentConfiguration;
  const watchesAlarms =
    alarms?.enable === true ? (deployment.watchesAlarms ?? raisedAlarms.length === 0) : undefined;
  const first: Stage = service.deployments.length > 2 ? 'RECONCILE_SERVICE' : 'PRE_SCALE_UP';
  const hooks = deployment.hooks?.map((hook) =>
    isWaiting(hook) && hook.expiresAt <= now ? ({ ...hook, status: 'TIMED_OUT' } as const) : hook,
  );
  return { ...deployment, lifecycleStage: deployment.lifecycleStage ?? first, watchesAlarms, hooks };
}

function entryOf({ service, now }: ServiceView, deployment: Deployment, stage: Stage): Partial<Deployment> {
  if (stage !== 'BAKE_TIME' || deployment.watchesAlarms !== true || deployment.bakeUntil !== undefined)
    return {};
  const minutes = service.deploymentConfiguration.bakeTimeInMinutes || DEFAULT_BAKE_MINUTES;
  return { bakeUntil: plusMs(now, minutes * 60_000) };
}

function openingsOf(view: ServiceView, deployment: Deployment, stage: Stage): readonly HookOpening[] {
  if ((deployment.hooks ?? []).some((hook) => hook.stage === stage)) return [];
  const all = view.service.deploymentConfiguration.lifecycleHooks ?? [];
  const here = all.filter(({ lifecycleStages = [] }) =>
    lifecycleStages.includes(stage as DeploymentLifecycleHookStage),
  );
  return here.map((hook) => openingOf(hook, view.now));
}

const openingOf = ({ timeoutConfiguration }: DeploymentLifecycleHook, now: Instant): HookOpening => ({
  expiresAt: plusMs(now, (timeoutConfiguration?.timeoutInMinutes ?? DEFAULT_PAUSE_MINUTES) * 60_000),
  timeoutAction: timeoutConfiguration?.action ?? 'ROLLBACK',
});

function isPassed(view: ServiceView, groups: readonly TaskGroup[], deployment: Deployment): boolean {
  const early = view.service.deploymentConfiguration.earlySuccessCriteria;
  switch (deployment.lifecycleStage) {
    case 'SCALE_UP':
      return isScaledUp(view, groups);
    case 'BAKE_TIME':
      return deployment.bakeUntil === undefined || view.now >= deployment.bakeUntil;
    case 'CLEAN_UP': {
      const isDeferred = early?.enable === true && early.sourceServiceRevisionCleanup === 'DEFERRED';
      return isScaledUp(view, groups) && (isDeferred || groups.length === 1);
    }
    default:
      return true;
  }
}

/** Enough tasks of it are healthy: all, with nothing of the older ones left, or as many as make an early success. (DEP-24) */
function isScaledUp({ service }: ServiceView, groups: readonly TaskGroup[]): boolean {
  const [primary] = groups;
  if (primary === undefined) return false;
  const { byClass } = primary;
  const early = service.deploymentConfiguration.earlySuccessCriteria;
  if (early?.enable === true && service.desiredCount > 0) {
    const share = Math.ceil((service.desiredCount * (early.healthyPercent ?? 100)) / 100);
    return byClass.healthy.length >= Math.max(1, share);
  }
  const others = keptCount(primary) - byClass.healthy.length;
  return groups.length === 1 && others === 0 && byClass.healthy.length === service.desiredCount;
}

function changeOf(before: Deployment, after: Deployment): readonly ServiceDecision[] {
  const { lifecycleStage, hooks, bakeUntil, watchesAlarms } = after;
  const change = { lifecycleStage, hooks, bakeUntil, watchesAlarms };
  const isSame = Object.entries(change).every(
    ([member, value]) => JSON.stringify(before[member as keyof Deployment]) === JSON.stringify(value),
  );
  return isSame ? [] : [{ kind: 'change-deployment', deploymentId: before.id, change }];
}

/** When a pause runs out or a bake time ends. */
export const stageEndsAt = ({ rolloutState, hooks = [], bakeUntil }: Deployment): readonly Instant[] =>
  rolloutState === 'IN_PROGRESS'
    ? [
        ...hooks.filter(isWaiting).map(({ expiresAt }) => expiresAt),
        ...(bakeUntil === undefined ? [] : [bakeUntil]),
      ]
    : [];
