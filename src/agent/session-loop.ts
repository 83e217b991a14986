import { type Clock, plusMs } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Rng } from '../lib/rng.ts';
import type { ByteSocket } from '../link/byte-socket.ts';
import type { Socket } from '../link/socket.ts';
import { type BackoffRule, backoffMs } from './backoff.ts';
import { pause } from './pause.ts';

/** The upgrade was answered with something else than an upgrade. */
export class UpgradeRefused extends Error {
  /** The exception that the answer names. */
  readonly refusal: string | undefined;

  constructor(status: number, refusal: string | undefined) {
    super(`the upgrade was refused (${status} ${refusal ?? 'no reason'})`);
    this.refusal = refusal;
  }
}

/** Opens a websocket. Rejects with `UpgradeRefused` or with whatever kept the connection from coming about. */
export type ConnectSocket = (url: string, signal: AbortSignal) => Promise<Socket>;

/** The same for a websocket that carries bytes. */
export type ConnectBytes = (url: string, signal: AbortSignal) => Promise<ByteSocket>;

/** One of the agent's two sessions. */
export interface SessionPlan {
  /** For the log: `acs` or `tcs`. */
  readonly name: string;
  readonly backoff: BackoffRule;
  /** Opens the connection. */
  connect(signal: AbortSignal): Promise<Socket>;
  /** Handles one frame; true for a frame that proves that the control plane is alive. */
  receive(text: string): boolean;
  /** The session begins on this socket, or (undefined) has ended. */
  attached(socket: Socket | undefined): void;
  /** The control plane says that this instance is not active; resolves when another attempt makes sense. */
  inactive(): Promise<void>;
  /** The control plane says that another agent has this identity now. (HARD-41) */
  superseded(): void;
}

/** What every session needs. */
export interface SessionLoopDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly rng: Rng;
}

/** Silence after which the agent closes: this, and up to as much again at random. (AGT-3) */
const SILENCE_MS = 60_000;
/** A connection is renewed after this long, and up to `RENEWAL_JITTER_MS` at random. (AGT-3) */
const RENEWAL_MS = 30 * 60_000;
const RENEWAL_JITTER_MS = 5 * 60_000;
/** A connection that held this long starts the back-off anew. */
const STABLE_MS = 60_000;
/** A connection that ended sooner than this is not reopened at once, whatever its code. */
const SHORT_LIVED_MS = 1_000;
/** After these the agent reconnects at once. (AGT-3) */
const CALM_CODES: ReadonlySet<number> = new Set([1000, 1001, 1006, 1011]);

/** Keeps a session open until the signal is aborted. (AGT-3) */
export async function keepSession(
  deps: SessionLoopDeps,
  plan: SessionPlan,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const openedAt = deps.clock.now();
    const end = await runOnce(deps, plan, signal);
    if (signal.aborted) return;
    const heldMs = deps.clock.now() - openedAt;
    if (heldMs >= STABLE_MS) failures = 0;
    if (end.kind === 'closed' && CALM_CODES.has(end.code) && heldMs >= SHORT_LIVED_MS) continue;
    if (end.kind === 'superseded') {
      plan.superseded();
      return;
    }
    if (end.kind === 'inactive') {
      await plan.inactive();
      continue;
    }
    failures += 1;
    await pause(deps.clock, backoffMs(plan.backoff, failures, deps.rng), signal);
  }
}

type SessionEnd =
  | { readonly kind: 'closed'; readonly code: number }
  | { readonly kind: 'failed' | 'inactive' | 'superseded' };

async function runOnce(deps: SessionLoopDeps, plan: SessionPlan, signal: AbortSignal): Promise<SessionEnd> {
  let socket: Socket;
  try {
    socket = await plan.connect(signal);
  } catch (error) {
    const event = { session: plan.name, error: String(error) };
    // A control plane that is away is told of once, by whoever waits for it; one that refuses has to be heard.
    if (error instanceof UpgradeRefused) deps.log.warn('agent.refused', event);
    else deps.log.debug('agent.not-connected', event);
    const refusal = error instanceof UpgradeRefused ? error.refusal : undefined;
    return { kind: ENDS[refusal ?? ''] ?? 'failed' };
  }
  return serve(deps, plan, { socket, signal });
}

/** What becomes of a session by the exception that its upgrade was refused with. */
const ENDS: Readonly<Record<string, 'inactive' | 'superseded'>> = {
  InactiveInstanceException: 'inactive',
  InvalidInstanceException: 'superseded',
};

/** Feeds the frames to the plan and watches over the silence; resolves when the socket has closed. */
function serve(
  deps: SessionLoopDeps,
  plan: SessionPlan,
  { socket, signal }: { readonly socket: Socket; readonly signal: AbortSignal },
): Promise<SessionEnd> {
  const { clock, rng, log } = deps;
  const { promise, resolve } = Promise.withResolvers<SessionEnd>();
  const silenceMs = SILENCE_MS * (1 + rng.next());
  let cancelSilence = (): void => {};
  const awaitFrame = (): void => {
    cancelSilence();
    cancelSilence = clock.schedule(plusMs(clock.now(), silenceMs), () =>
      drop(4000, 'no message for too long'),
    );
  };
  const cancelRenewal = clock.schedule(plusMs(clock.now(), RENEWAL_MS + rng.next() * RENEWAL_JITTER_MS), () =>
    socket.close(1000, 'ConnectionExpired: Reconnect to continue'),
  );
  const ended = (end: SessionEnd): void => {
    cancelSilence();
    cancelRenewal();
    signal.removeEventListener('abort', stop);
    resolve(end);
  };
  // A peer that is gone does not answer a close either, so the session ends here without waiting for it.
  function drop(code: number, reason: string): void {
    socket.close(code, reason);
    ended({ kind: 'closed', code: 1006 });
  }
  function stop(): void {
    drop(1001, 'agent stops');
  }
  socket.onMessage((text) => {
    if (plan.receive(text)) awaitFrame();
  });
  socket.onClose((code, reason) => {
    log.info('agent.disconnected', { session: plan.name, code, reason });
    ended({ kind: 'closed', code });
  });
  signal.addEventListener('abort', stop);
  log.info('agent.connected', { session: plan.name });
  awaitFrame();
  plan.attached(socket);
  return promise.finally(() => plan.attached(undefined));
}
