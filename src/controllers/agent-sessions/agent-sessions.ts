import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Task } from '../../domain/task.ts';
import { errorText } from '../../lib/error-text.ts';
import type { AcsCommand } from '../../link/acs-messages.ts';
import { type Refusal, refusal } from '../../link/refusal.ts';
import { readSessionQuery, type SessionQuery } from '../../link/session-url.ts';
import type { Socket } from '../../link/socket.ts';
import { forgetTaskCredentials } from '../../records/task-credentials.ts';
import type { Change, WriteTx } from '../../store/store.ts';
import { createWorkQueue, type WorkQueue } from '../work-queue.ts';
import { type AcsSession, startAcsSession } from './acs-session.ts';
import { askOf } from './deliveries.ts';
import { admit, markAllDisconnected, markDisconnected, markTurnedAway } from './instance-connection.ts';
import type { SessionDeps } from './session-deps.ts';
import { startTcsSession } from './tcs-session.ts';

/** Whether an upgrade may go on. `attach` is called with the open socket, once. */
export type Admission =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'accepted'; attach(socket: Socket): void };

/** The control plane's side of all hosts' connections. */
export interface AgentSessions {
  /**
   * Decides on an upgrade of an ACS path. `rawQuery` is what follows the `?`; the signature was verified. `origin` is the
   * URL under which the host reaches us: what it is told to fetch, it is told to fetch there. (ASN-1, ASN-11)
   */
  admitAcs(rawQuery: string, origin?: string | undefined): Admission;
  /** Decides on an upgrade of a TCS path. (ASN-1) */
  admitTcs(rawQuery: string): Admission;
  /** Sends a command to a host that is connected; false when it is not. */
  tell(instanceArn: string, command: AcsCommand): boolean;
  /** How many hosts are connected now. */
  connectedCount(): number;
  /** Tells all hosts what they should run, and so stops what they should not; the connections stay. (ASN-6) */
  recallAll(): Promise<void>;
  /** Closes all connections; the agents come back at once and are told what they should run. */
  reconnectAll(): void;
  /** Closes all connections and stops listening to the store. The agents come back by themselves. */
  close(): void;
}

/** Deliveries that wait for the store at a time: enough to fill its batches. */
const DELIVERED_TOGETHER_COUNT = 64;

/** Starts serving hosts. No host counts as connected before it connects. */
export async function startAgentSessions(deps: SessionDeps): Promise<AgentSessions> {
  const sessions = new HostSessions(deps);
  await sessions.begin();
  return sessions;
}

class HostSessions implements AgentSessions {
  readonly #deps: SessionDeps;
  readonly #acs = new Map<string, AcsSession>();
  /** By instance ARN: tasks whose credentials were sent in a session that ended before they were acknowledged. (HARD-46) */
  readonly #owed = new Map<string, ReadonlySet<string>>();
  readonly #tcs = new Map<string, { close(code: number, reason: string): void }>();
  /** By instance ARN: the tasks of one commit may be on hundreds of hosts. */
  readonly #deliveries: WorkQueue;
  /** By instance ARN: all hosts are recalled at once, and each takes a transaction. */
  readonly #recalls: WorkQueue;
  #unwatch: () => void = () => {};

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.#deliveries = createWorkQueue({
      name: 'agent-sessions',
      clock: deps.clock,
      log: deps.log,
      concurrencyCount: DELIVERED_TOGETHER_COUNT,
      handle: async (instanceArn) => this.#acs.get(instanceArn)?.deliver(),
    });
    this.#recalls = createWorkQueue({
      name: 'agent-recalls',
      clock: deps.clock,
      log: deps.log,
      concurrencyCount: DELIVERED_TOGETHER_COUNT,
      handle: async (instanceArn) => this.#acs.get(instanceArn)?.recall(),
    });
  }

  async begin(): Promise<void> {
    const { store, clock } = this.#deps;
    this.#unwatch = store.watch(({ changes }) => {
      for (const change of changes) this.#changed(change);
    });
    await store.write((tx) => markAllDisconnected(tx, clock.now()));
  }

  admitAcs(rawQuery: string, origin?: string): Admission {
    const query = readSessionQuery(rawQuery);
    const admitted = this.#deps.store.read((tx) => admit(tx, query));
    if (query === undefined || 'body' in admitted) return refused(admitted);
    if (this.#isSuperseded(admitted, query)) return this.#turnedAway(admitted);
    return {
      kind: 'accepted',
      attach: (socket) => {
        const { containerInstanceArn } = query;
        this.#replace(containerInstanceArn);
        const { installation } = this.#deps;
        const reached = { ...installation, endpointUrl: origin ?? installation.endpointUrl };
        const session = startAcsSession({ ...this.#deps, installation: reached }, query, {
          socket,
          owedCredentials: this.#owed.get(containerInstanceArn),
          onClosed: () => this.#acsClosed(session),
        });
        this.#owed.delete(containerInstanceArn);
        this.#acs.set(containerInstanceArn, session);
      },
    };
  }

  admitTcs(rawQuery: string): Admission {
    const query = readSessionQuery(rawQuery);
    const admitted = this.#deps.store.read((tx) => admit(tx, query));
    if (query === undefined || 'body' in admitted) return refused(admitted);
    if (this.#isSuperseded(admitted, query)) return this.#turnedAway(admitted);
    const { containerInstanceArn } = admitted;
    return {
      kind: 'accepted',
      attach: (socket) => {
        this.#tcs.get(containerInstanceArn)?.close(1000, 'replaced by a newer connection');
        const session = startTcsSession(this.#deps, containerInstanceArn, {
          socket,
          onClosed: () => {
            if (this.#tcs.get(containerInstanceArn) === session) this.#tcs.delete(containerInstanceArn);
          },
        });
        this.#tcs.set(containerInstanceArn, session);
      },
    };
  }

  tell(instanceArn: string, command: AcsCommand): boolean {
    return this.#acs.get(instanceArn)?.tell(command) ?? false;
  }

  connectedCount(): number {
    return [...this.#acs.values()].filter((session) => session.isReady()).length;
  }

  async recallAll(): Promise<void> {
    for (const instanceArn of this.#acs.keys()) this.#recalls.add(instanceArn);
    await this.#recalls.idle();
  }

  reconnectAll(): void {
    this.#closeAll('reconnect to continue');
  }

  close(): void {
    this.#unwatch();
    this.#deliveries.stop();
    this.#recalls.stop();
    this.#closeAll('control plane stops');
  }

  #closeAll(reason: string): void {
    for (const session of [...this.#acs.values(), ...this.#tcs.values()]) session.close(1001, reason);
  }

  #replace(instanceArn: string): void {
    const older = this.#acs.get(instanceArn);
    if (older === undefined) return;
    // A host that was cut off comes back so, too: its old connection has not ended yet.
    this.#deps.log.warn('agent-session.replaced', { instanceArn });
    this.#keepOwed(older);
    older.close(1000, 'replaced by a newer connection');
  }

  #keepOwed(session: AcsSession): void {
    const owed = session.owedCredentials();
    if (owed.length > 0) this.#owed.set(session.instanceArn, new Set(owed));
  }

  /**
   * Two agents with one identity: the one that registered last is connected, and this is the other. It is turned away, or
   * both would come back for ever and each be given the tasks of the other. (HARD-41)
   */
  #isSuperseded({ containerInstanceArn, agentRun }: ContainerInstance, { run }: SessionQuery): boolean {
    if (run === undefined || agentRun === undefined || run === agentRun) return false;
    return this.#acs.get(containerInstanceArn)?.run === agentRun;
  }

  #turnedAway({ containerInstanceArn: instanceArn }: ContainerInstance): Admission {
    const now = this.#deps.clock.now();
    this.#deps.log.warn('agent-session.turned-away', { instanceArn });
    this.#write((tx) => markTurnedAway(tx, instanceArn, now));
    return {
      kind: 'refused',
      refusal: refusal(
        'InvalidInstanceException',
        'Another agent has registered as this container instance since.',
      ),
    };
  }

  /** An older socket that ends after it was replaced says nothing about the host. (ASN-2) */
  #acsClosed(session: AcsSession): void {
    if (this.#acs.get(session.instanceArn) !== session) return;
    this.#acs.delete(session.instanceArn);
    this.#keepOwed(session);
    const now = this.#deps.clock.now();
    this.#write((tx) => markDisconnected(tx, session.instanceArn, now));
  }

  #changed(change: Change): void {
    if (change.collection === 'tasks') this.#taskChanged(change);
    else if (change.collection === 'container-instances') this.#instanceChanged(change);
  }

  #taskChanged(change: Change): void {
    const task = (change.after ?? change.before) as Task;
    if (task.instanceArn === undefined) return;
    const hasEnded = change.after === undefined || task.lastStatus === 'STOPPED';
    const session = this.#acs.get(task.instanceArn);
    if (hasEnded) session?.forget(task.taskArn);
    else if (askOf(task, task.instanceArn) !== undefined && session?.wake(task.taskArn) === true)
      this.#deliveries.add(session.instanceArn);
    const hasRole = task.taskRoleCredentialsId !== undefined || task.executionRoleCredentialsId !== undefined;
    if (hasEnded && hasRole && change.after !== undefined)
      this.#write((tx) => forgetTaskCredentials(tx, task.taskArn));
  }

  /** A deregistered host loses its connections and is refused from then on. (ASN-1) */
  #instanceChanged(change: Change): void {
    const instance = change.after as ContainerInstance | undefined;
    if (instance !== undefined && instance.status !== 'INACTIVE') return;
    this.#acs.get(change.key)?.close(1000, 'instance is not active');
    this.#tcs.get(change.key)?.close(1000, 'instance is not active');
  }

  /** Later, because this may be called while the store tells its watchers of a commit. */
  #write(work: (tx: WriteTx) => void): void {
    Promise.resolve()
      .then(() => this.#deps.store.write(work))
      .catch((error: unknown) => {
        this.#deps.log.warn('agent-session.write-failed', { error: errorText(error) });
      });
  }
}

function refused(admitted: ContainerInstance | Refusal): Admission {
  if ('body' in admitted) return { kind: 'refused', refusal: admitted };
  throw new Error('assertion failed: an upgrade without a query is refused');
}
