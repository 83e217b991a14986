import { type Instant, plusMs } from '../../lib/clock.ts';
import type {
  DeploymentLifecycleHookStage,
  ServiceDeploymentLifecycleStage,
} from '../../shapes/generated/ecs.ts';
import type { TrafficStep } from './traffic-steps.ts';

/** All stages of a deployment that shifts traffic; the one before production has a name for hooks alone. */
export type ShiftStage = ServiceDeploymentLifecycleStage | DeploymentLifecycleHookStage;

/** What does not change in the course of a deployment. Blue is what it replaces, green what it brings. */
export interface ShiftPlan {
  readonly steps: readonly TrafficStep[];
  /** How long both run after all production traffic went over. */
  readonly bakeMinutes: number;
  /** There is more than one revision to begin with. */
  readonly isReconciling: boolean;
}

/** How far a deployment is: plain data, kept in its row. */
export interface ShiftState {
  readonly direction: 'forward' | 'back';
  readonly stage: ShiftStage;
  /** Index into the plan's steps; of the step that is under way, or next. */
  readonly step: number;
  /** When the stage, or the step of production traffic, began. */
  readonly enteredAt: Instant;
  readonly startedAt: Instant;
  /** How much of each traffic green is to get now. */
  readonly greenProductionPercent: number;
  readonly greenTestPercent: number;
  /** Until when the step or the whole is watched. */
  readonly bakeUntil?: Instant | undefined;
  readonly outcome?: 'succeeded' | 'rolled-back' | undefined;
  /** Why it goes back. */
  readonly reason?: string | undefined;
}

/** What is known of the world now. */
export interface ShiftFacts {
  readonly now: Instant;
  /** All tasks that green wants are healthy. */
  readonly isGreenReady: boolean;
  readonly isBlueGone: boolean;
  readonly isGreenGone: boolean;
  /** What the load balancer says it does. */
  readonly appliedProductionPercent: number;
  readonly appliedTestPercent: number;
  /** The hooks of the state's stage, step and direction: `waiting` until all are over. */
  readonly hooks: 'waiting' | 'passed' | 'failed';
  /** An alarm, the circuit breaker or a user wants it back; the reason says so. */
  readonly failure?: string | undefined;
}

/** A stage lasts a day at most, a deployment thirty. (TRF-6; AWS: blue-green-deployment-how-it-works) */
const STAGE_MAX_MS = 24 * 60 * 60 * 1000;
const DEPLOYMENT_MAX_MS = 30 * STAGE_MAX_MS;

const FORWARD: readonly ShiftStage[] = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
  'BAKE_TIME',
  'CLEAN_UP',
];

/** Back it passes both shifts again, and then takes green away. (TRF-5) */
const BACK: readonly ShiftStage[] = ['TEST_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT', 'CLEAN_UP'];

/** Where a deployment begins: green gets no traffic. (TRF-1) */
export function beginShift({ isReconciling }: ShiftPlan, now: Instant): ShiftState {
  return {
    direction: 'forward',
    stage: isReconciling ? 'RECONCILE_SERVICE' : 'PRE_SCALE_UP',
    step: 0,
    enteredAt: now,
    startedAt: now,
    greenProductionPercent: 0,
    greenTestPercent: 0,
  };
}

/** How many of `desiredCount` tasks each side wants. Blue stays whole until the very end. (TRF-3) */
export function shiftCounts(
  { direction, stage, outcome }: ShiftState,
  desiredCount: number,
): { readonly blue: number; readonly green: number } {
  const isCleaning = stage === 'CLEAN_UP';
  if (direction === 'back') return { blue: desiredCount, green: isCleaning ? 0 : desiredCount };
  const isUp = FORWARD.indexOf(stage) >= FORWARD.indexOf('SCALE_UP');
  return { blue: isCleaning || outcome === 'succeeded' ? 0 : desiredCount, green: isUp ? desiredCount : 0 };
}

/**
 * The state after one look; the same object when there is nothing to do but wait. It moves by one stage or one step at a
 * time, so that hooks of each are asked for; look again until it rests. (TRF-1)
 */
export function advanceShift(plan: ShiftPlan, state: ShiftState, facts: ShiftFacts): ShiftState {
  if (state.outcome !== undefined) return state;
  const reason = failureOf(state, facts);
  if (reason !== undefined) return goBack(state, facts.now, reason);
  const isHeld = facts.hooks === 'waiting' && !isOverdue(state, facts.now);
  if (isHeld || !isPassed(plan, state, facts)) return withBake(plan, state, facts);
  return next(plan, state, facts.now);
}

/** Going back is not given up: it has no hooks that could fail it, nor a limit. */
function failureOf(
  { direction, stage, startedAt, ...state }: ShiftState,
  facts: ShiftFacts,
): string | undefined {
  if (direction === 'back' || stage === 'CLEAN_UP') return undefined;
  if (facts.failure !== undefined) return facts.failure;
  if (facts.hooks === 'failed')
    return `Service deployment rolled back because ${stage} lifecycle hook(s) failed.`;
  const isLong = facts.now >= plusMs(startedAt, DEPLOYMENT_MAX_MS);
  const isStuck = state.bakeUntil === undefined && facts.now >= plusMs(state.enteredAt, STAGE_MAX_MS);
  return isLong || isStuck ? `Service deployment rolled back because ${stage} timed out.` : undefined;
}

const isOverdue = ({ direction, enteredAt }: ShiftState, now: Instant): boolean =>
  direction === 'back' && now >= plusMs(enteredAt, STAGE_MAX_MS);

/** All traffic returns to blue at once; without any on green, green is taken away straight. (TRF-5) */
function goBack(state: ShiftState, now: Instant, reason: string): ShiftState {
  const hadTraffic = state.greenProductionPercent > 0 || state.greenTestPercent > 0;
  return {
    ...state,
    direction: 'back',
    stage: hadTraffic ? 'TEST_TRAFFIC_SHIFT' : 'CLEAN_UP',
    enteredAt: now,
    greenProductionPercent: 0,
    greenTestPercent: 0,
    bakeUntil: undefined,
    reason,
  };
}

/** Whether what the stage is for has come about. */
function isPassed(plan: ShiftPlan, state: ShiftState, facts: ShiftFacts): boolean {
  const isBack = state.direction === 'back';
  switch (state.stage) {
    case 'SCALE_UP':
      return facts.isGreenReady;
    case 'TEST_TRAFFIC_SHIFT':
      return facts.appliedTestPercent === state.greenTestPercent;
    case 'PRODUCTION_TRAFFIC_SHIFT':
      return isShifted(state, facts) && (isBack || isBaked(state, facts) || minutesOf(plan, state) === 0);
    case 'BAKE_TIME':
      return isBaked(state, facts) || minutesOf(plan, state) === 0;
    case 'CLEAN_UP':
      return isBack ? facts.isGreenGone : facts.isBlueGone;
    default:
      return true;
  }
}

const isShifted = (state: ShiftState, facts: ShiftFacts): boolean =>
  facts.appliedProductionPercent === state.greenProductionPercent;

const isBaked = ({ bakeUntil }: ShiftState, { now }: ShiftFacts): boolean =>
  bakeUntil !== undefined && now >= bakeUntil;

/** How long the step, or the whole, is watched. */
const minutesOf = ({ steps, bakeMinutes }: ShiftPlan, { stage, step }: ShiftState): number =>
  stage === 'BAKE_TIME' ? bakeMinutes : (steps[step]?.bakeMinutes ?? 0);

/** The time to watch begins when the traffic has arrived. (TRF-4) */
function withBake(plan: ShiftPlan, state: ShiftState, facts: ShiftFacts): ShiftState {
  const isTimed = state.stage === 'BAKE_TIME' || state.stage === 'PRODUCTION_TRAFFIC_SHIFT';
  const isDue = isTimed && state.direction === 'forward' && state.bakeUntil === undefined;
  const minutes = minutesOf(plan, state);
  if (!isDue || minutes === 0 || facts.hooks === 'waiting' || !isShifted(state, facts)) return state;
  return { ...state, bakeUntil: plusMs(facts.now, minutes * 60_000) };
}

function next(plan: ShiftPlan, state: ShiftState, now: Instant): ShiftState {
  const order = state.direction === 'back' ? BACK : FORWARD;
  const after = order[order.indexOf(state.stage) + 1];
  if (after === undefined)
    return { ...state, outcome: state.direction === 'back' ? 'rolled-back' : 'succeeded' };
  const moved: ShiftState = { ...state, stage: after, enteredAt: now, bakeUntil: undefined };
  if (state.direction === 'back') return moved;
  if (state.stage === 'PRODUCTION_TRAFFIC_SHIFT' && state.step < plan.steps.length - 1)
    return { ...moved, stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT', step: state.step + 1 };
  if (after === 'TEST_TRAFFIC_SHIFT') return { ...moved, greenTestPercent: 100 };
  if (after === 'PRODUCTION_TRAFFIC_SHIFT')
    return { ...moved, greenProductionPercent: plan.steps[state.step]?.greenPercent ?? 100 };
  return moved;
}

/** When time alone may move it on: a bake time, or the longest a stage may last. */
export const shiftWakesAt = ({ bakeUntil, enteredAt, outcome }: ShiftState): Instant | undefined =>
  outcome === undefined ? (bakeUntil ?? plusMs(enteredAt, STAGE_MAX_MS)) : undefined;
