import { checkText } from '../core/explain/check-text.ts';
import { lastSegment } from '../domain/arn.ts';
import type { EcsEvent, RecordedEvent } from '../domain/events.ts';
import type { HealthCheckResult } from '../domain/health-check.ts';

/** One line for people: when, what kind, about what, and the news. */
export function eventLine({ event }: RecordedEvent): string {
  const kind = event['detail-type'].replace(/^ECS /, '').replace(/ State Change$/, '');
  const id = lastSegment(event.resources[0] ?? '');
  return `${event.time}  ${kind.padEnd(18)}  ${id}  ${newsOf(event)}`;
}

function newsOf({ 'detail-type': type, detail }: EcsEvent): string {
  if (type === 'ECS Task State Change') {
    return joined(
      detail['group'],
      `${detail['lastStatus']} (desired ${detail['desiredStatus']})`,
      detail['stoppedReason'],
    );
  }
  if (type === 'ECS Container Instance State Change') {
    const connection = detail['agentConnected'] === true ? 'connected' : 'disconnected';
    return joined(detail['status'], connection, `${detail['runningTasksCount']} running`);
  }
  return joined(detail['eventName'], detail['deploymentId'], detail['reason']);
}

/** What is known of a task that has stopped: why, and how each of its containers ended. */
export function stoppedTaskLines({ event }: RecordedEvent): readonly string[] {
  const { detail } = event;
  const containers = (detail['containers'] ?? []) as readonly Readonly<Record<string, unknown>>[];
  return [
    `${detail['stoppedAt'] ?? event.time}  ${lastSegment(event.resources[0] ?? '')}  ${joined(
      detail['group'],
      lastSegment(String(detail['taskDefinitionArn'])),
      detail['stopCode'],
      detail['stoppedReason'],
    )}`,
    ...containers.flatMap(({ name, image, exitCode, reason, gantryHealthChecks }) => [
      `    ${joined(name, image, exitCode === undefined ? 'no exit code' : `exit ${exitCode}`, reason)}`,
      ...checkLines(gantryHealthChecks),
    ]),
  ];
}

/** What the container's health check last said, when it failed. (LIF-5) */
const checkLines = (checks: unknown): readonly string[] =>
  ((checks ?? []) as readonly HealthCheckResult[]).map(
    (check) =>
      `        health check ${new Date(check.endedAtMs).toISOString().slice(0, 19)}Z  ${checkText(check)}`,
  );

const joined = (...parts: readonly unknown[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('  ');
