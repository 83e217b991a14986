import { isRecord } from '../link/envelope.ts';
import type { SigningCredentials } from '../link/sigv4-sign.ts';
import { streamName, type TaggedContainer } from './awslogs-target.ts';
import { logTargetOf } from './container-spec.ts';
import { signingPart } from './credentials-book.ts';
import type { EngineDeps } from './engine-deps.ts';
import type { LiveTask } from './live-task.ts';
import type { LogProgress } from './log-progress.ts';
import { startLogShipper } from './log-shipper.ts';
import { payloadOf } from './task-record.ts';

/**
 * Who writes the logs of a task: its execution role, or the agent when it has none. The agent also does it for a task that
 * ended while no agent ran: nobody sends credentials for it any more. (AGT-13, HARD-5)
 */
export function logCredentials(deps: EngineDeps, live: LiveTask): SigningCredentials | undefined {
  const role = live.record.payload.executionRoleCredentials;
  if (role === undefined) return deps.credentials;
  const credentials = deps.book.get(role.credentialsId);
  if (credentials !== undefined) return signingPart(credentials);
  return live.record.isStopped ? deps.credentials : undefined;
}

/** What names a stream by a tag. (LOG-21) */
export const taggedContainer = (live: LiveTask, name: string, runtimeId: string): TaggedContainer => ({
  runtimeId,
  engineName: live.record.containers.find((entry) => entry.name === name)?.engineName ?? name,
  image: payloadOf(live.record, name)?.image ?? '',
});

/** The document that holds how far the output of a task's containers was shipped. */
const cursorDocument = (live: LiveTask, name: string): string => `cursors/${live.taskId}.${name}`;

/** Begins, or after a restart of the agent goes on, to ship a container's output. Repeating it changes nothing. */
export function shipOutput(deps: EngineDeps, live: LiveTask, name: string, progress: LogProgress = {}): void {
  const container = payloadOf(live.record, name);
  const runtimeId = live.record.containers.find((entry) => entry.name === name)?.runtimeId;
  const target = container === undefined ? undefined : logTargetOf(container, deps.region);
  if (target === undefined || runtimeId === undefined || live.shippers.has(name)) return;
  const shipper = startLogShipper(
    { driver: deps.driver, service: deps.logs, clock: deps.clock, log: deps.log, rng: deps.rng },
    {
      runtimeId,
      stream: { target, stream: streamName(target, taggedContainer(live, name, runtimeId)) },
      progress,
      credentials: () => logCredentials(deps, live),
      readCredentials: deps.credentials,
      // A disk that is full may be so for want of this very shipping: it goes on, and the place is kept later. (HARD-34)
      save: (next) => deps.state.save(cursorDocument(live, name), next).catch(() => {}),
      neverRan: () =>
        live.record.containers.some(
          (entry) => entry.name === name && entry.phase === 'STOPPED' && !entry.wasRunning,
        ),
      hasEnded: () =>
        live.record.containers.some((entry) => entry.name === name && entry.phase === 'STOPPED'),
    },
  );
  live.closing.addEventListener('abort', () => shipper.stop());
  live.shippers.set(name, shipper);
}

/** Goes on with all containers of a task that the agent finds again. */
export async function resumeOutput(deps: EngineDeps, live: LiveTask): Promise<void> {
  if (live.record.drainedAtMs !== undefined) return;
  for (const { name } of live.record.containers) {
    const saved = await deps.state.load(cursorDocument(live, name));
    shipOutput(deps, live, name, isRecord(saved) ? (saved as LogProgress) : {});
  }
}

/** Removes the cursors of a task. */
export async function forgetOutput(deps: EngineDeps, live: LiveTask): Promise<void> {
  for (const { name } of live.record.containers) await deps.state.remove(cursorDocument(live, name));
}
