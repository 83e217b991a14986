import { startDaemonScheduler } from '../controllers/daemon-scheduler/start-daemon-scheduler.ts';
import { startLogSweep } from '../controllers/logs/log-sweep.ts';
import { startSecretWatch } from '../controllers/secret-watch/start-secret-watch.ts';
import { startServiceScheduler } from '../controllers/service-scheduler/start-service-scheduler.ts';
import { startTaskLifecycle } from '../controllers/task-lifecycle/start-task-lifecycle.ts';
import type { LogEvents } from '../domain/log-events.ts';
import type { SharedContext } from './handlers.ts';
import type { Settings } from './settings.ts';

/** Starts the loops that act on the store. */
export function startControllers(
  shared: SharedContext,
  settings: Settings,
  logEvents: LogEvents,
): { stop(): void } {
  const running = [
    startTaskLifecycle(shared),
    { stop: startLogSweep({ ...shared, events: logEvents }) },
    startDaemonScheduler(shared),
    startSecretWatch(shared),
    startServiceScheduler({
      ...shared,
      settings: { healthyAfterRunningMs: settings.healthyAfterRunningSeconds * 1000 },
    }),
  ];
  return {
    stop: () => {
      for (const controller of running) controller.stop();
    },
  };
}
