import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Instant, instant, plusMs } from '../../lib/clock.ts';
import type { DeploymentConfiguration } from '../../shapes/generated/ecs.ts';
import {
  advanceShift,
  beginShift,
  type ShiftFacts,
  type ShiftPlan,
  type ShiftState,
  shiftCounts,
  shiftWakesAt,
} from './shift-traffic.ts';
import { trafficSteps } from './traffic-steps.ts';

const NOW = instant(0);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('trafficSteps', () => {
  test.each([
    [{ strategy: 'BLUE_GREEN' }, [100]],
    [{ strategy: 'CANARY' }, [5, 100]],
    [{ strategy: 'CANARY', canaryConfiguration: { canaryPercent: 100 } }, [100]],
    [{ strategy: 'LINEAR', linearConfiguration: { stepPercent: 40 } }, [40, 80, 100]],
    [{ strategy: 'LINEAR', linearConfiguration: { stepPercent: 50 } }, [50, 100]],
    [{ strategy: 'LINEAR', linearConfiguration: { stepPercent: 100 } }, [100]],
  ] as const)('[TRF-2] %j shifts to %j', (configuration, expected) => {
    expect(trafficSteps(configuration).map(({ greenPercent }) => greenPercent)).toEqual(expected);
  });

  test('[TRF-2] linear steps are even, and the last is all of it without a bake time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 1000 }), fc.nat(1440), (tenths, stepBakeTimeInMinutes) => {
        const linearConfiguration = { stepPercent: tenths / 10, stepBakeTimeInMinutes };
        const steps = trafficSteps({ strategy: 'LINEAR', linearConfiguration });
        expect(steps).toHaveLength(Math.ceil(1000 / tenths));
        expect(steps.at(-1)).toEqual({ greenPercent: 100, bakeMinutes: 0 });
        steps.slice(0, -1).forEach(({ greenPercent, bakeMinutes }, index) => {
          expect([Math.round(greenPercent * 10), bakeMinutes]).toEqual([
            (index + 1) * tenths,
            stepBakeTimeInMinutes,
          ]);
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe('advanceShift', () => {
  test('[TRF-1] blue/green passes every stage in order', () => {
    const { stages, last } = play(planOf({ strategy: 'BLUE_GREEN', bakeTimeInMinutes: 5 }));
    expect(stages).toEqual([
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
    ]);
    expect(last).toMatchObject({ outcome: 'succeeded', greenProductionPercent: 100 });
  });

  test('[TRF-4] takes as long as its bake times, and not a millisecond less', () => {
    const plans = fc.record({
      stepPercent: fc.integer({ min: 30, max: 1000 }).map((tenths) => tenths / 10),
      stepBakeTimeInMinutes: fc.nat(30),
      bakeTimeInMinutes: fc.nat(30),
    });
    fc.assert(
      fc.property(plans, ({ stepPercent, stepBakeTimeInMinutes, bakeTimeInMinutes }) => {
        const linearConfiguration = { stepPercent, stepBakeTimeInMinutes };
        const plan = planOf({ strategy: 'LINEAR', linearConfiguration, bakeTimeInMinutes });
        const { now, last } = play(plan);
        const minutes = (plan.steps.length - 1) * stepBakeTimeInMinutes + bakeTimeInMinutes;
        expect([now - NOW, last.outcome]).toEqual([minutes * MINUTE, 'succeeded']);
      }),
      { numRuns: 100 },
    );
  });

  test('[TRF-3][TRF-5] gives green no traffic before its time, keeps blue whole, and can go back from anywhere', () => {
    fc.assert(
      fc.property(anyStrategy, fc.nat(60), (configuration, failsAt) => {
        const { states, last } = play(planOf(configuration), failsAt);
        for (const state of states) expectSound(state);
        const forward = states.filter(({ direction }) => direction === 'forward');
        const weights = forward.map(({ greenProductionPercent }) => greenProductionPercent);
        expect(weights).toEqual([...weights].sort((one, other) => one - other));
        if (last.outcome === 'rolled-back')
          expect([last.greenProductionPercent, last.greenTestPercent, last.reason]).toEqual([0, 0, 'why']);
        else expect([last.outcome, last.greenProductionPercent]).toEqual(['succeeded', 100]);
      }),
      { numRuns: 200 },
    );
  });

  test('[TRF-6] a stage that lasts a day takes it back, and no earlier', () => {
    const plan = planOf({ strategy: 'BLUE_GREEN' });
    const state = { ...beginShift(plan, NOW), stage: 'SCALE_UP' } as const;
    const stuck = (ms: number) => ({ ...factsOf(state, plusMs(NOW, ms)), isGreenReady: false });
    expect(advanceShift(plan, state, stuck(DAY - 1))).toBe(state);
    expect(advanceShift(plan, state, stuck(DAY))).toMatchObject({ direction: 'back', stage: 'CLEAN_UP' });
    expect(shiftWakesAt(state)).toBe(plusMs(NOW, DAY));
  });

  test('[TRF-1] hooks hold a stage, and take it back when they fail', () => {
    const plan = planOf({ strategy: 'BLUE_GREEN' });
    const state = beginShift(plan, NOW);
    const facts = factsOf(state, NOW);
    expect(advanceShift(plan, state, { ...facts, hooks: 'waiting' })).toBe(state);
    expect(advanceShift(plan, state, { ...facts, hooks: 'failed' })).toMatchObject({
      direction: 'back',
      reason: 'Service deployment rolled back because PRE_SCALE_UP lifecycle hook(s) failed.',
    });
  });

  test('[TRF-1] begins with the reconciliation where there is more than one revision', () => {
    expect(beginShift({ ...planOf({}), isReconciling: true }, NOW).stage).toBe('RECONCILE_SERVICE');
  });
});

function expectSound(state: ShiftState): void {
  const { blue, green } = shiftCounts(state, 3);
  if (state.greenProductionPercent > 0 || state.greenTestPercent > 0) expect(green).toBe(3);
  if (state.greenProductionPercent < 100) expect(blue).toBe(3);
  if (state.stage !== 'CLEAN_UP') expect(blue).toBe(3);
  expect(state.greenProductionPercent).toBeGreaterThanOrEqual(0);
  expect(state.greenProductionPercent).toBeLessThanOrEqual(100);
}

const planOf = (configuration: DeploymentConfiguration): ShiftPlan => ({
  steps: trafficSteps(configuration),
  bakeMinutes: configuration.bakeTimeInMinutes ?? 0,
  isReconciling: false,
});

/** A world in which everything that is wanted has come about. */
const factsOf = (state: ShiftState, now: Instant): ShiftFacts => ({
  now,
  isGreenReady: true,
  isBlueGone: true,
  isGreenGone: true,
  appliedProductionPercent: state.greenProductionPercent,
  appliedTestPercent: state.greenTestPercent,
  hooks: 'passed',
});

/** Looks again and again, and lets time pass where there is nothing else to do; a failure comes at the given look. */
function play(plan: ShiftPlan, failsAt = Number.POSITIVE_INFINITY) {
  let now: Instant = NOW;
  let last = beginShift(plan, now);
  const states = [last];
  for (let look = 0; look < 1000 && last.outcome === undefined; look += 1) {
    const facts = { ...factsOf(last, now), failure: look === failsAt ? 'why' : undefined };
    const after = advanceShift(plan, last, facts);
    if (after === last) now = shiftWakesAt(last) ?? now;
    last = after;
    states.push(last);
  }
  const stages = states.map(({ stage }) => stage).filter((stage, at, all) => stage !== all[at - 1]);
  return { states, stages, last, now };
}

const anyStrategy: fc.Arbitrary<DeploymentConfiguration> = fc.record({
  strategy: fc.constantFrom('BLUE_GREEN' as const, 'LINEAR' as const, 'CANARY' as const),
  bakeTimeInMinutes: fc.nat(3),
  linearConfiguration: fc.record({
    stepPercent: fc.constantFrom(10, 33.3, 50, 100),
    stepBakeTimeInMinutes: fc.nat(2),
  }),
  canaryConfiguration: fc.record({
    canaryPercent: fc.constantFrom(0.1, 5, 100),
    canaryBakeTimeInMinutes: fc.nat(2),
  }),
});
