import { describe, expect, test } from 'vitest';
import { runScenario } from './run-scenario.ts';
import type { Scenario, ServicePlan } from './scenario.ts';
import { scenarioOf, simulate } from './simulate.ts';

const WEB: ServicePlan = {
  kind: 'REPLICA',
  capacity: 'FARGATE',
  holdsPort: false,
  placement: 'default',
  isPinned: true,
  desiredCount: 3,
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  hasBreaker: true,
  extra: 'none',
  firstRevision: 'good',
};

const QUIET: Scenario = {
  seed: 'quiet',
  hostCount: 2,
  tasksPerHost: 4,
  isUnreliable: false,
  isDiskSlow: false,
  services: [WEB],
  steps: [],
};

/** A good deployment, one that fails and is rolled back, and a change of size in between. */
const BUSY: Scenario = {
  ...QUIET,
  seed: 'busy',
  isUnreliable: true,
  steps: [
    { kind: 'deploy', revision: 'checked', atSeconds: 90 },
    { kind: 'scale', desiredCount: 2, atSeconds: 120 },
    { kind: 'drain', host: 0, forSeconds: 60, atSeconds: 150 },
    { kind: 'deploy', revision: 'missing', atSeconds: 240 },
    { kind: 'crash-host', host: 1, forSeconds: 30, atSeconds: 300 },
  ],
};

/** Services of all kinds beside each other, a disk that takes its time, a host that lies and a partition. */
const MIXED: Scenario = {
  ...QUIET,
  seed: 'mixed',
  hostCount: 6,
  isUnreliable: true,
  isDiskSlow: true,
  services: [
    { ...WEB, capacity: 'MIX' },
    { ...WEB, kind: 'DAEMON', capacity: 'EC2', placement: 'blue' },
    { ...WEB, kind: 'EXTERNAL', capacity: 'EC2', placement: 'default' },
  ],
  steps: [
    { kind: 'create-task-set', service: 2, revision: 'good', scalePercent: 50, atSeconds: 5 },
    { kind: 'lie', host: 0, lie: 'end-before-start', atSeconds: 40 },
    { kind: 'partition', host: 1, hostCount: 3, forSeconds: 120, atSeconds: 60 },
    { kind: 'deploy', service: 1, revision: 'better', atSeconds: 90 },
    { kind: 'ask-nonsense', service: 1, atSeconds: 91 },
    { kind: 'restart', forSeconds: 5, atSeconds: 100 },
    { kind: 'lie', host: 2, lie: 'claims-resources', atSeconds: 200 },
  ],
};

describe('runScenario', () => {
  test('[SIM-20] a quiet service becomes steady', async () => {
    const { violation, final } = await runScenario(QUIET);
    expect(violation).toBeUndefined();
    expect(final).toEqual([
      { status: 'ACTIVE', desiredCount: 3, runningCount: 3, revision: 'better', states: ['COMPLETED'] },
    ]);
  });

  test('[SIM-20] services of all kinds become steady beside each other', async () => {
    const { violation, final } = await runScenario(MIXED);
    expect(violation).toBeUndefined();
    expect(final?.map(({ runningCount, states }) => [runningCount, ...states])).toEqual([
      [3, 'COMPLETED'],
      [3, 'COMPLETED'],
      [3, 'STEADY_STATE'],
    ]);
  });

  test('[SIM-60…SIM-63] a critical daemon keeps its rules beside services, which come to rest with it', async () => {
    const { violation, final } = await runScenario({
      ...MIXED,
      seed: 'managed',
      managedDaemon: { drainPercent: 50, isCritical: true },
      steps: [
        ...MIXED.steps,
        { kind: 'deploy-daemon', revision: 'better', atSeconds: 70 },
        { kind: 'drain', host: 0, forSeconds: 60, atSeconds: 80 },
        { kind: 'deploy-daemon', revision: 'crashing', atSeconds: 150 },
        { kind: 'lose-link-in-restart', host: 2, forSeconds: 60, atSeconds: 180 },
      ],
    });
    expect(violation).toBeUndefined();
    expect(final?.map(({ runningCount }) => runningCount)).toEqual([3, 3, 3]);
  });

  test('[SIM-20] a cluster of 200 hosts becomes steady', async () => {
    const services = [{ ...WEB, desiredCount: 40 }, { ...WEB, kind: 'DAEMON', capacity: 'EC2' } as const];
    const { violation, final } = await runScenario({ ...BUSY, hostCount: 200, services });
    expect(violation).toBeUndefined();
    expect(final?.map(({ runningCount }) => runningCount)).toEqual([40, 100]);
  });

  test.each([BUSY, MIXED])('[SIM-30] the same scenario gives the same run, to the byte', async (scenario) => {
    const [one, other] = [
      await runScenario(scenario, { isTraced: true }),
      await runScenario(scenario, { isTraced: true }),
    ];
    expect(one.trace.length).toBeGreaterThan(100);
    expect(other.trace.join('\n')).toBe(one.trace.join('\n'));
  });

  test.each([
    { name: 'one service', scenario: BUSY, every: 7 },
    { name: 'services of all kinds', scenario: MIXED, every: 61 },
  ])(
    '[SIM-31] a restart after any event leads to the same steady state of $name',
    async ({ scenario, every }) => {
      const whole = await runScenario(scenario);
      expect(whole.violation).toBeUndefined();
      for (let events = 1; events < whole.eventCount; events += every) {
        const { violation, final } = await runScenario(scenario, { restartAfterEvents: events });
        expect([events, violation, final]).toEqual([events, undefined, whole.final]);
      }
    },
  );
});

/** Scenarios that broke a rule once, as small as they were found. */
describe('runScenario of what was found', () => {
  test('[SVC-21][SIM-21] old tasks make room though the text was that of a host that drained', async () => {
    const service: ServicePlan = {
      ...WEB,
      desiredCount: 2,
      minimumHealthyPercent: 0,
      hasBreaker: false,
      firstRevision: 'checked',
    };
    const { violation } = await runScenario({
      ...QUIET,
      seed: '0',
      hostCount: 1,
      tasksPerHost: 2,
      services: [service],
      steps: [
        { kind: 'drain', atSeconds: 1, host: 0, forSeconds: 731 },
        { kind: 'deploy', atSeconds: 6, revision: 'good' },
      ],
    });
    expect(violation).toBeUndefined();
  });

  test('[ASN-2][SIM-16] a host whose link was lost while the control plane was away gets no task after its start', async () => {
    const { violation } = await runScenario({
      ...QUIET,
      seed: '0',
      hostCount: 1,
      tasksPerHost: 4,
      services: [{ ...WEB, capacity: 'EC2', desiredCount: 1 }],
      steps: [
        { kind: 'lose-link-in-restart', atSeconds: 60, host: 0, forSeconds: 300 },
        { kind: 'scale', atSeconds: 90, desiredCount: 3 },
      ],
    });
    expect(violation).toBeUndefined();
  });

  test('[DMN-7][SIM-20] a service that packs its tasks leaves the places of a DAEMON service alone', async () => {
    const packed = { ...WEB, capacity: 'EC2', placement: 'binpack', desiredCount: 2 } as const;
    const bounds = { maximumPercent: 100, minimumHealthyPercent: 0 };
    const { violation } = await runScenario({
      ...QUIET,
      seed: '0',
      hostCount: 13,
      tasksPerHost: 2,
      services: [
        { ...packed, ...bounds, extra: 'early-blocking' },
        { ...WEB, kind: 'DAEMON', capacity: 'EC2', minimumHealthyPercent: 100 },
      ],
    });
    expect(violation).toBeUndefined();
  });
});

describe('simulate', () => {
  test('[SIM-1…SIM-50] no commands and faults break a rule', async () => {
    expect((await simulate({ seed: 1, hours: 12 })).failure).toBeUndefined();
  });

  test('[SIM-30] a seed stands for one scenario', () => {
    expect(JSON.stringify(scenarioOf(7))).toBe(JSON.stringify(scenarioOf(7)));
    expect(JSON.stringify(scenarioOf(8))).not.toBe(JSON.stringify(scenarioOf(7)));
  });

  test('[SIM-33] a failure names the seed that repeats it, and a smaller scenario', async () => {
    const violation = { ruleId: 'SIM-1', message: 'two deployments in one scenario' };
    const isBroken = ({ steps }: Scenario): boolean =>
      steps.filter(({ kind }) => kind === 'deploy').length >= 2;
    const run = async (scenario: Scenario) => ({
      violation: isBroken(scenario) ? violation : undefined,
      virtualMs: 60_000,
      eventCount: 1,
    });
    const { failure, scenarioCount } = await simulate({ seed: 1, hours: 100, run });
    expect(failure?.violation).toEqual(violation);
    expect(failure?.seed).toBe(scenarioCount);
    expect(isBroken(scenarioOf(failure?.seed ?? 0))).toBe(true);
    expect(failure?.smallest.steps.map(({ kind }) => kind)).toEqual(['deploy', 'deploy']);
    expect(await simulate({ seed: failure?.seed ?? 0, hours: 0.01, run })).toMatchObject({
      scenarioCount: 1,
      failure: { violation, smallest: failure?.smallest },
    });
  });
});
