import type { Instant } from '../../lib/clock.ts';
import { errorText } from '../../lib/error-text.ts';
import { beatOf, firstBeatAt, nextBeatAt } from '../../lib/spread.ts';
import type { Socket } from '../../link/socket.ts';
import { decodeTcsReport, encodeTcsAnswer } from '../../link/tcs-codec.ts';
import type { TcsAnswer, TcsReport } from '../../link/tcs-messages.ts';
import { isNewsOfHealth, recordInstanceHealth } from '../../records/instance-health.ts';
import { isNewsOfTaskHealth, recordTaskHealth } from '../../records/task-health.ts';
import type { SessionDeps } from './session-deps.ts';

/** The agent gives up after 60 seconds without a heartbeat or an answer. (ASN-10) */
const HEARTBEAT_MS = 30_000;

/** Starts the control plane's end of a host's TCS connection: answers each report and keeps the health. (ASN-9) */
export function startTcsSession(
  deps: SessionDeps,
  instanceArn: string,
  connection: { readonly socket: Socket; readonly onClosed: () => void },
): { close(code: number, reason: string): void } {
  const { socket } = connection;
  const send = (answer: TcsAnswer): void => socket.send(encodeTcsAnswer(answer));
  let cancelTick = (): void => {};
  const beat = beatOf(instanceArn, HEARTBEAT_MS);
  const scheduleTick = (at: Instant): void => {
    cancelTick = deps.clock.schedule(at, () => {
      send({ type: 'HeartbeatMessage', message: { healthy: true } });
      scheduleTick(nextBeatAt(deps.clock.now(), beat));
    });
  };
  socket.onMessage((text) => {
    const report = decodeTcsReport(text);
    if (report.type === 'unusable') {
      deps.log.warn('telemetry-session.unusable-frame', { instanceArn, type: report.claimedType });
      return;
    }
    handle(deps, instanceArn, report)
      .then(() => send({ type: ACKS[report.type], message: {} }))
      .catch((error: unknown) => {
        // Without an acknowledgement the agent simply reports again.
        deps.log.warn('telemetry-session.failed', { instanceArn, error: errorText(error) });
      });
  });
  socket.onClose(() => {
    cancelTick();
    connection.onClosed();
  });
  scheduleTick(firstBeatAt(deps.clock.now(), beat));
  return { close: (code, reason) => socket.close(code, reason) };
}

const ACKS = {
  PublishMetricsRequest: 'AckPublishMetric',
  PublishHealthRequest: 'AckPublishHealth',
  PublishInstanceStatusRequest: 'AckPublishInstanceStatus',
} as const;

async function handle(deps: SessionDeps, instanceArn: string, report: TcsReport): Promise<void> {
  switch (report.type) {
    case 'PublishMetricsRequest':
      deps.onMetrics?.(instanceArn, report.message.taskMetrics ?? []);
      return;
    case 'PublishHealthRequest': {
      // Hosts repeat what they know every few seconds, and mostly nothing of it is news.
      const news = deps.store.read((tx) =>
        report.message.tasks.filter((task) => isNewsOfTaskHealth(tx, task.taskArn, task.containers)),
      );
      if (news.length === 0) return;
      await deps.store.write((tx) => {
        for (const task of news) recordTaskHealth(tx, task.taskArn, task.containers);
      });
      return;
    }
    case 'PublishInstanceStatusRequest': {
      const { statuses } = report.message;
      const now = deps.clock.now();
      if (!deps.store.read((tx) => isNewsOfHealth(tx, instanceArn, { statuses, now }))) return;
      await deps.store.write((tx) => recordInstanceHealth(tx, instanceArn, { statuses, now }));
      return;
    }
  }
}
