import fc from 'fast-check';
import { anyStep, maximumPercent, minimumHealthyPercent } from './any-step.ts';
import type { Scenario, ServicePlan } from './scenario.ts';

/** Any service; the share of each kind is that of the code that decides about it. */
const anyPlan = (mostTasks: number): fc.Arbitrary<ServicePlan> =>
  fc.record({
    kind: fc.constantFrom('REPLICA', 'REPLICA', 'REPLICA', 'DAEMON', 'EXTERNAL'),
    capacity: fc.constantFrom('FARGATE', 'EC2', 'EC2', 'MIX'),
    holdsPort: fc.constantFrom(true, false, false, false),
    placement: fc.constantFrom('default', 'default', 'binpack', 'random', 'spread', 'distinct', 'blue'),
    isPinned: fc.constantFrom(true, true, false),
    desiredCount: fc.integer({ min: 1, max: mostTasks }),
    maximumPercent,
    minimumHealthyPercent,
    hasBreaker: fc.boolean(),
    extra: fc.constantFrom('none', 'none', 'none', 'pause', 'alarms', 'early-blocking', 'early-deferred'),
    firstRevision: fc.constantFrom('good', 'checked', 'good', 'missing'),
  });

const common = {
  seed: fc.nat(1_000_000).map(String),
  tasksPerHost: fc.integer({ min: 2, max: 6 }),
  isUnreliable: fc.boolean(),
  isDiskSlow: fc.boolean(),
  managedDaemon: fc.option(
    fc.record({ drainPercent: fc.integer({ min: 1, max: 100 }), isCritical: fc.boolean() }),
    { nil: undefined, freq: 2 },
  ),
};

/** One service and few hosts: most of what can go wrong goes wrong here, and shrinks well. */
const smallScenario: fc.Arbitrary<Scenario> = fc.record({
  ...common,
  hostCount: fc.integer({ min: 1, max: 4 }),
  services: fc.array(anyPlan(5), { minLength: 1, maxLength: 1 }),
  steps: fc.array(anyStep, { maxLength: 10 }),
});

/** Several services of all kinds beside each other. */
const mixedScenario = fc.record({
  ...common,
  hostCount: fc.integer({ min: 2, max: 24 }),
  services: fc.array(anyPlan(12), { minLength: 2, maxLength: 5 }),
  steps: fc.array(anyStep, { maxLength: 20 }),
});

/** A cluster of up to 200 hosts. */
const largeScenario = fc.record({
  ...common,
  hostCount: fc.integer({ min: 25, max: 200 }),
  services: fc.array(anyPlan(60), { minLength: 1, maxLength: 4 }),
  steps: fc.array(anyStep, { maxLength: 20 }),
});

/**
 * Any scenario of up to a quarter of an hour of commands and faults. Daemons are on EC2, hold no port, and only one
 * service is one, so that what is asked for in the end can be had.
 */
export const anyScenario: fc.Arbitrary<Scenario> = fc
  .oneof(
    { weight: 24, arbitrary: smallScenario },
    { weight: 8, arbitrary: mixedScenario },
    { weight: 1, arbitrary: largeScenario },
  )
  .map((scenario) => {
    const daemonAt = scenario.services.findIndex(({ kind }) => kind === 'DAEMON');
    const services = scenario.services.map((plan, index): ServicePlan => {
      if (plan.kind !== 'DAEMON') return plan;
      return index === daemonAt
        ? { ...plan, capacity: 'EC2', holdsPort: false }
        : { ...plan, kind: 'REPLICA' };
    });
    return { ...scenario, services };
  });
