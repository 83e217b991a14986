import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../domain/service.ts';
import type { ServiceDeployment } from '../../domain/service-deployment.ts';
import type { ServiceDeploymentStatus } from '../../shapes/generated/ecs.ts';
import { isTerminal, mayBecome } from './deployment-status.ts';
import { followDeployment } from './follow-deployment.ts';
import { NO_CANDIDATE } from './status-reasons.ts';
import { aDeployment, aService, aServiceTask, NOW } from './testing.ts';

const STATUSES: readonly ServiceDeploymentStatus[] = [
  'PENDING',
  'IN_PROGRESS',
  'STOP_REQUESTED',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
  'SUCCESSFUL',
  'STOPPED',
  'ROLLBACK_SUCCESSFUL',
  'ROLLBACK_FAILED',
];

describe('followDeployment', () => {
  test('[SDP-4] begins with the first look and succeeds when the deployment completes', () => {
    const begun = follow([aDeployment({ rolloutState: 'IN_PROGRESS' })], aRecord());
    expect(begun).toMatchObject({ status: 'IN_PROGRESS', startedAt: NOW });
    expect(follow([aDeployment()], begun)).toMatchObject({ status: 'SUCCESSFUL', finishedAt: NOW });
  });

  test('[SDP-6] keeps the counts of its end', () => {
    const tasks = [aServiceTask('a'), aServiceTask('b', { lastStatus: 'PENDING' })];
    const view = { service: aService({ desiredCount: 2 }), tasks, now: NOW };
    const over = followDeployment(view, aRecord({ status: 'IN_PROGRESS' }));
    const [{ revisionArn }] = [aDeployment()];
    const counts = { revisionArn, requestedTaskCount: 2, runningTaskCount: 1, pendingTaskCount: 1 };
    expect(over.finalCounts).toEqual([counts]);
    expect(followDeployment({ ...view, tasks: [] }, over)).toBe(over);
  });

  test('[SDP-4] is the same object when nothing is new', () => {
    const deployments = [aDeployment({ rolloutState: 'IN_PROGRESS' })];
    const record = follow(deployments, aRecord());
    expect(follow(deployments, record)).toBe(record);
  });

  test('[SDP-4] is stopped when a newer one begins', () => {
    const deployments = [
      aDeployment({ id: 'ecs-svc/2', rolloutState: 'IN_PROGRESS' }),
      aDeployment({ status: 'ACTIVE', rolloutState: 'IN_PROGRESS' }),
    ];
    expect(follow(deployments, aRecord({ status: 'IN_PROGRESS' }))).toMatchObject({
      status: 'STOPPED',
      stoppedAt: NOW,
    });
  });

  test('[SDP-5] a rollback ends as the deployment that it made', () => {
    const failed = aDeployment({ status: 'ACTIVE', rolloutState: 'FAILED', failure: FAILURE });
    const rollback = aDeployment({
      id: 'ecs-svc/9',
      serviceDeploymentArn: failed.serviceDeploymentArn,
      rollbackOf: failed.id,
      rolloutState: 'IN_PROGRESS',
      revisionArn: 'old',
    });
    const going = follow([rollback, failed], aRecord({ status: 'IN_PROGRESS' }));
    expect(going).toMatchObject({
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason: 'why',
      rollback: { reason: 'why', startedAt: NOW, serviceRevisionArn: 'old' },
    });
    expect(follow([{ ...rollback, rolloutState: 'COMPLETED' }], going).status).toBe('ROLLBACK_SUCCESSFUL');
    expect(follow([{ ...rollback, rolloutState: 'FAILED' }], going).status).toBe('ROLLBACK_FAILED');
  });

  test('[SDP-5] without anything to go back to the rollback fails', () => {
    const failed = aDeployment({ rolloutState: 'FAILED', failure: FAILURE });
    expect(follow([failed], aRecord())).toMatchObject({
      status: 'ROLLBACK_FAILED',
      statusReason: NO_CANDIDATE,
    });
  });

  test('[SDP-3] moves as the table allows, whatever the service has become, and rests there', () => {
    fc.assert(
      fc.property(
        anyDeployments,
        fc.constantFrom(...STATUSES),
        fc.boolean(),
        (deployments, status, isGone) => {
          const view = {
            service: aService({ deployments, status: isGone ? 'DRAINING' : 'ACTIVE' }),
            tasks: [aServiceTask('a')],
            now: NOW,
          };
          const record = aRecord({ status });
          const next = followDeployment(view, record);
          expect(next.status === status || reachable(status).has(next.status)).toBe(true);
          expect(followDeployment(view, next)).toBe(next);
          if (isTerminal(next.status) && next.status !== status) expect(next.finishedAt).toBe(NOW);
        },
      ),
      { numRuns: 300 },
    );
  });
});

const FAILURE = { cause: 'circuit-breaker', reason: 'why', wantsRollback: true } as const;

function aRecord(overrides: Partial<ServiceDeployment> = {}): ServiceDeployment {
  const { serviceDeploymentArn, revisionArn } = aDeployment();
  const { serviceArn, clusterArn, deploymentConfiguration } = aService();
  return {
    serviceDeploymentArn,
    serviceArn,
    clusterArn,
    createdAt: NOW,
    updatedAt: NOW,
    sourceRevisionArns: [],
    targetRevisionArn: revisionArn,
    status: 'PENDING',
    lifecycleHooks: [],
    deploymentConfiguration,
    failureCount: 0,
    failureThreshold: 3,
    triggeredAlarmNames: [],
    ...overrides,
  };
}

const follow = (deployments: readonly Deployment[], record: ServiceDeployment): ServiceDeployment =>
  followDeployment({ service: aService({ deployments }), tasks: [], now: NOW }, record);

/** All that legal moves lead to. */
function reachable(from: ServiceDeploymentStatus): ReadonlySet<ServiceDeploymentStatus> {
  const found = new Set<ServiceDeploymentStatus>();
  const visit = (status: ServiceDeploymentStatus): void => {
    for (const to of STATUSES) {
      if (!mayBecome(status, to) || found.has(to)) continue;
      found.add(to);
      visit(to);
    }
  };
  visit(from);
  return found;
}

/** The record's own deployment in front or behind another, with or without a rollback. */
const anyDeployments = fc
  .record({
    rolloutState: fc.constantFrom<Deployment['rolloutState']>('IN_PROGRESS', 'COMPLETED', 'FAILED'),
    wantsRollback: fc.boolean(),
    rollback: fc.option(fc.constantFrom<Deployment['rolloutState']>('IN_PROGRESS', 'COMPLETED', 'FAILED')),
    isSuperseded: fc.boolean(),
  })
  .map(({ rolloutState, wantsRollback, rollback, isSuperseded }) => {
    const failure = rolloutState === 'FAILED' ? { ...FAILURE, wantsRollback } : undefined;
    const own = aDeployment({ rolloutState, failure });
    const { serviceDeploymentArn } = own;
    const deployments = [own];
    if (rollback !== null) {
      const rollbackOf = own.id;
      deployments.unshift(
        aDeployment({ id: 'ecs-svc/2', rollbackOf, serviceDeploymentArn, rolloutState: rollback }),
      );
    }
    if (isSuperseded) deployments.unshift(aDeployment({ id: 'ecs-svc/3', rolloutState: 'IN_PROGRESS' }));
    return deployments;
  });
