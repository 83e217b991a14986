import type { TaskReport } from '../../core/task/task-report.ts';
import { type Instant, instant } from '../../lib/clock.ts';
import { reportTask } from '../../records/report-task.ts';
import type { EcsOperations, SubmitTaskStateChangeRequest } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';

type Shapes = EcsOperations['SubmitTaskStateChange'];

/**
 * Takes an agent's report of a task. Always acknowledged: an agent would repeat a refused report for ever, and a task
 * that is unknown or has ended needs nothing from it. (TSK-17)
 */
export const submitTaskStateChange: Operation<Shapes['input'], Shapes['output']> = async (context, input) => {
  const { store, clock } = context;
  const taskArn = input.task ?? '';
  await store.write((tx) => {
    reportTask(tx, taskArn, { report: reportOf(input), now: clock.now() });
  });
  return { acknowledgment: 'ACK' };
};

function reportOf(input: SubmitTaskStateChangeRequest): TaskReport {
  return {
    status: input.status,
    reason: input.reason,
    containers: (input.containers ?? []).map(({ containerName, ...entry }) => ({
      ...entry,
      name: containerName ?? '',
    })),
    attachments: input.attachments ?? [],
    managedAgents: (input.managedAgents ?? []).map(({ containerName, managedAgentName, status, reason }) => ({
      containerName: containerName ?? '',
      name: managedAgentName ?? '',
      status: status ?? '',
      reason,
    })),
    pullStartedAt: instantOf(input.pullStartedAt),
    pullStoppedAt: instantOf(input.pullStoppedAt),
    executionStoppedAt: instantOf(input.executionStoppedAt),
  };
}

/** Agents send 0 for what has not happened. */
const instantOf = (epochMs: number | undefined): Instant | undefined =>
  epochMs === undefined || epochMs <= 0 ? undefined : instant(epochMs);
