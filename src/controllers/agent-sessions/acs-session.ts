import { type Instant, plusMs } from '../../lib/clock.ts';
import { errorText } from '../../lib/error-text.ts';
import { type Beat, beatOf, firstBeatAt, lastBeat, nextBeatAt } from '../../lib/spread.ts';
import { decodeAcsReply, encodeAcs } from '../../link/acs-codec.ts';
import type { AcsCommand, AcsReply } from '../../link/acs-messages.ts';
import type { SessionQuery } from '../../link/session-url.ts';
import type { Socket } from '../../link/socket.ts';
import { tasksOfInstance } from '../../records/tasks.ts';
import { type CredentialsWatch, watchCredentials } from './credentials-watch.ts';
import {
  type CredentialsScope,
  confirmedStops,
  credentialCommands,
  type Delivery,
  deliver,
  deliverAtOnce,
  manifest,
} from './deliveries.ts';
import { markConnected } from './instance-connection.ts';
import type { SessionDeps } from './session-deps.ts';

/**
 * A session counts its time in steps of this length, and asks what time it is only to keep its place among the steps of
 * others: clocks are set. (ASN-12, HARD-52)
 */
const STEP_MS = 5_000;
/** Unacknowledged messages are sent again after this many steps. (ASN-5) */
const RESEND_STEPS_COUNT = 1;
/** The agent gives up after 60 seconds of silence. (ASN-10) */
const HEARTBEAT_STEPS_COUNT = 6;
/** So many heartbeats without an answer end the session. (ASN-10) */
const MISSED_HEARTBEATS_MAX_COUNT = 2;
const CREDENTIALS_STEPS_COUNT = 12;
/** The longest of the counts; the others divide it, so the steps of all kinds are spread by one number. (ASN-12) */
const MANIFEST_STEPS_COUNT = 120;
/** Tasks handled in one transaction. */
const DELIVERY_BATCH_MAX_COUNT = 200;
/** Pause before a transaction is tried again that the store refused. */
const RETRY_MS = 1_000;

/** The control plane's end of one host's ACS connection. */
export interface AcsSession {
  readonly instanceArn: string;
  /** The start of the agent that it is with, when that names itself. */
  readonly run: string | undefined;
  /** Has a task looked at again. False when that comes by itself: the session is not ready yet, or delivers just now. */
  wake(taskArn: string): boolean;
  /** Sends what the rows of the tasks ask for that were woken, if that was not sent yet. */
  deliver(): Promise<void>;
  /** The tasks whose credentials were sent and not acknowledged. */
  owedCredentials(): readonly string[];
  /** Forgets a task that has ended. */
  forget(taskArn: string): void;
  /** Whether the host counts as connected, so that tasks may be placed on it. */
  isReady(): boolean;
  /** Says now what should run on the host, which stops what should not. Resolves when it is sent. */
  recall(): Promise<void>;
  /** Sends a command that needs no acknowledgement; false when the host is not ready. */
  tell(command: AcsCommand): boolean;
  close(code: number, reason: string): void;
}

interface Unacknowledged {
  readonly text: string;
  readonly taskArn?: string | undefined;
  readonly isCredentials: boolean;
  /** The step in which it was last sent. */
  sentIn: number;
}

/** Starts the session on an open socket. `onClosed` is called once when it has ended. */
export function startAcsSession(
  deps: SessionDeps,
  query: SessionQuery,
  connection: {
    readonly socket: Socket;
    /** Tasks whose credentials an earlier session sent in vain. (HARD-46) */
    readonly owedCredentials?: ReadonlySet<string> | undefined;
    readonly onClosed: () => void;
  },
): AcsSession {
  const session = new ServerSession(deps, query, connection);
  connection.socket.onMessage((text) => session.receive(text));
  connection.socket.onClose((code, reason) => {
    session.end();
    deps.log.info('agent-session.closed', { instanceArn: session.instanceArn, code, reason });
    connection.onClosed();
  });
  session.begin();
  return session;
}

class ServerSession implements AcsSession {
  readonly instanceArn: string;
  readonly run: string | undefined;
  readonly #deps: SessionDeps;
  readonly #query: SessionQuery;
  readonly #socket: Socket;
  readonly #owedCredentials: ReadonlySet<string> | undefined;
  /** What the agent was asked for about each task in this session. */
  readonly #asked = new Map<string, 'RUNNING' | 'STOPPED'>();
  readonly #unacknowledged = new Map<string, Unacknowledged>();
  readonly #dirty = new Set<string>();
  #isFlushing = false;
  #isReady = false;
  #hasEnded = false;
  #missedHeartbeats = 0;
  #cancelTick: () => void = () => {};
  #cancelRetry: () => void = () => {};
  readonly #credentials: CredentialsWatch;
  readonly #startedAt: Instant;
  /** When this host has its steps, whenever it connected. */
  readonly #beat: Beat;
  /** The number of the last step: that of its beat at first, and counted from there. */
  #step: number;

  constructor(
    deps: SessionDeps,
    query: SessionQuery,
    connection: { readonly socket: Socket; readonly owedCredentials?: ReadonlySet<string> | undefined },
  ) {
    this.#deps = deps;
    this.#query = query;
    this.#socket = connection.socket;
    this.#owedCredentials = connection.owedCredentials;
    this.instanceArn = query.containerInstanceArn;
    this.run = query.run;
    this.#credentials = watchCredentials(deps, this.instanceArn);
    this.#startedAt = deps.clock.now();
    this.#beat = beatOf(this.instanceArn, STEP_MS, MANIFEST_STEPS_COUNT);
    this.#step = lastBeat(this.#startedAt, this.#beat);
  }

  begin(): void {
    this.#deps.log.info('agent-session.opened', {
      instanceArn: this.instanceArn,
      agentVersion: this.#query.agentVersion,
    });
    this.#scheduleTick(firstBeatAt(this.#startedAt, this.#beat));
    void this.#try('connect', async () => {
      const now = this.#deps.clock.now();
      await this.#deps.store.write((tx) => markConnected(tx, this.instanceArn, { query: this.#query, now }));
      this.#isReady = true;
      const placed = this.#deps.store.read((tx) => tasksOfInstance(tx, this.instanceArn));
      for (const task of placed) this.#dirty.add(task.taskArn);
      await this.#flush();
      const scope = this.#query.sendCredentials ? 'all' : this.#owedCredentials;
      if (scope !== undefined) await this.#sendCredentials(scope);
      await this.#sendManifest();
    });
  }

  wake(taskArn: string): boolean {
    if (this.#hasEnded) return false;
    this.#dirty.add(taskArn);
    return this.#isReady && !this.#isFlushing;
  }

  deliver(): Promise<void> {
    return this.#try('deliver', () => this.#flush());
  }

  owedCredentials(): readonly string[] {
    return [...this.#unacknowledged.values()].flatMap(({ isCredentials, taskArn }) =>
      isCredentials && taskArn !== undefined ? [taskArn] : [],
    );
  }

  forget(taskArn: string): void {
    this.#asked.delete(taskArn);
    for (const [messageId, waiting] of this.#unacknowledged) {
      if (waiting.taskArn === taskArn) this.#unacknowledged.delete(messageId);
    }
  }

  isReady(): boolean {
    return this.#isReady;
  }

  tell(command: AcsCommand): boolean {
    if (this.#isReady && !this.#hasEnded) this.#send(command);
    return this.#isReady && !this.#hasEnded;
  }

  async recall(): Promise<void> {
    if (this.#isReady) await this.#sendManifest();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  end(): void {
    this.#hasEnded = true;
    this.#cancelTick();
    this.#cancelRetry();
  }

  receive(text: string): void {
    if (this.#hasEnded) return;
    const frame = decodeAcsReply(text);
    if (frame.type === 'unusable') {
      this.#deps.log.warn('agent-session.unusable-frame', {
        instanceArn: this.instanceArn,
        type: frame.claimedType,
      });
      return;
    }
    this.#handle(frame);
  }

  #handle(frame: AcsReply): void {
    switch (frame.type) {
      case 'HeartbeatAckRequest':
        this.#missedHeartbeats = 0;
        return;
      case 'AckRequest':
      case 'IAMRoleCredentialsAckRequest':
        this.#unacknowledged.delete(frame.message.messageId);
        return;
      case 'NackRequest':
        this.#unacknowledged.delete(frame.message.messageId);
        this.#deps.log.warn('agent-session.refused', {
          instanceArn: this.instanceArn,
          reason: frame.message.reason,
        });
        return;
      case 'TaskStopVerificationMessage': {
        const { messageId, stopCandidates } = frame.message;
        const stopTasks = this.#deps.store.read((tx) => confirmedStops(tx, this.instanceArn, stopCandidates));
        const generatedAt = this.#deps.clock.now();
        this.#send({ type: 'TaskStopVerificationAck', message: { messageId, generatedAt, stopTasks } });
      }
    }
  }

  /** One transaction at a time, so that numbers leave in the order in which they were drawn. */
  async #flush(): Promise<void> {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    try {
      while (this.#dirty.size > 0 && !this.#hasEnded) await this.#flushBatch();
    } finally {
      this.#isFlushing = false;
    }
  }

  async #flushBatch(): Promise<void> {
    const taskArns = [...this.#dirty].slice(0, DELIVERY_BATCH_MAX_COUNT);
    for (const taskArn of taskArns) this.#dirty.delete(taskArn);
    const request = { instanceArn: this.instanceArn, asked: this.#asked };
    try {
      const since = this.#startedAt;
      const atOnce = this.#deps.store.read((tx) =>
        deliverAtOnce(tx, this.#deps, { ...request, taskArns, since }),
      );
      this.#sendAll(atOnce);
      const sent = new Set(atOnce.map(({ taskArn }) => taskArn));
      const others = taskArns.filter((taskArn) => !sent.has(taskArn));
      if (others.length === 0) return;
      this.#sendAll(
        await this.#deps.store.write((tx) => deliver(tx, this.#deps, { ...request, taskArns: others })),
      );
      this.#credentials.forget();
    } catch (error) {
      for (const taskArn of taskArns) this.#dirty.add(taskArn);
      throw error;
    }
  }

  #sendAll(deliveries: readonly Delivery[]): void {
    for (const { taskArn, asked, messageId, command } of deliveries) {
      this.#asked.set(taskArn, asked);
      this.#sendReliably(messageId, command, taskArn);
    }
  }

  async #sendCredentials(scope: CredentialsScope): Promise<void> {
    const { instanceArn } = this;
    const commands = await this.#deps.store.write((tx) =>
      credentialCommands(tx, this.#deps, { instanceArn, scope }),
    );
    for (const command of commands) {
      if (command.type !== 'IAMRoleCredentialsMessage') continue;
      this.#sendReliably(command.message.messageId, command, command.message.taskArn);
    }
    this.#credentials.forget();
  }

  async #replaceCredentials(): Promise<void> {
    const due = this.#credentials.due();
    if (due.size > 0) await this.#sendCredentials(due);
  }

  /** Not sent again: the agent drops an outdated one without a word, and the next one comes by itself. (ASN-6) */
  async #sendManifest(): Promise<void> {
    const command = await this.#deps.store.write((tx) => manifest(tx, this.#deps, this.instanceArn));
    if (command !== undefined) this.#send(command);
  }

  #sendReliably(messageId: string, command: AcsCommand, taskArn: string): void {
    const text = encodeAcs(command);
    const isCredentials = command.type === 'IAMRoleCredentialsMessage';
    this.#unacknowledged.set(messageId, { text, taskArn, isCredentials, sentIn: this.#step });
    if (!this.#hasEnded) this.#socket.send(text);
  }

  #send(command: AcsCommand): void {
    if (!this.#hasEnded) this.#socket.send(encodeAcs(command));
  }

  #scheduleTick(at: Instant): void {
    this.#cancelTick = this.#deps.clock.schedule(at, () => this.#tick());
  }

  #tick(): void {
    if (this.#hasEnded) return;
    this.#step += 1;
    for (const waiting of this.#unacknowledged.values()) {
      // What was sent in the step before may have left a moment ago.
      if (this.#step - waiting.sentIn <= RESEND_STEPS_COUNT) continue;
      waiting.sentIn = this.#step;
      this.#socket.send(waiting.text);
    }
    this.#scheduleTick(nextBeatAt(this.#deps.clock.now(), this.#beat));
    if (this.#step % HEARTBEAT_STEPS_COUNT === 0) this.#heartbeat();
    // What a session begins with it sends by itself, payloads first. (ASN-6)
    if (this.#isReady) this.#keepUp();
  }

  #keepUp(): void {
    if (this.#step % CREDENTIALS_STEPS_COUNT === 0)
      void this.#try('credentials', () => this.#replaceCredentials());
    if (this.#step % MANIFEST_STEPS_COUNT === 0) void this.#try('manifest', () => this.#sendManifest());
  }

  #heartbeat(): void {
    if (this.#missedHeartbeats >= MISSED_HEARTBEATS_MAX_COUNT) {
      this.close(1001, 'heartbeat not acknowledged');
      return;
    }
    this.#missedHeartbeats += 1;
    this.#send({ type: 'HeartbeatMessage', message: { messageId: this.#deps.ids.uuid(), healthy: true } });
  }

  /** A store that is too busy is asked again; anything else is a fault of ours and is logged the same way. */
  #try(step: string, work: () => Promise<void>): Promise<void> {
    return work().catch((error: unknown) => {
      if (this.#hasEnded) return;
      this.#deps.log.warn('agent-session.failed', {
        instanceArn: this.instanceArn,
        step,
        error: errorText(error),
      });
      if (step === 'connect') {
        this.close(1011, 'session could not start');
        return;
      }
      this.#cancelRetry();
      const retryAt = plusMs(this.#deps.clock.now(), RETRY_MS);
      this.#cancelRetry = this.#deps.clock.schedule(retryAt, () => void this.deliver());
    });
  }
}
