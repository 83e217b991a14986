import type { Agent } from '../../../src/agent/agent-options.ts';
import { noFirelensFolders } from '../../../src/agent/firelens.ts';
import type { HttpCall } from '../../../src/agent/http-call.ts';
import { secretFolders } from '../../../src/agent/secret-folders.ts';
import { type ConnectSocket, UpgradeRefused } from '../../../src/agent/session-loop.ts';
import { startAgent } from '../../../src/agent/start-agent.ts';
import { memoryStateDirectory, type StateDirectory } from '../../../src/agent/state-directory.ts';
import { ecsOperations } from '../../../src/api/ecs/operations.ts';
import type { Context, Operation } from '../../../src/api/operation.ts';
import {
  type AgentSessions,
  startAgentSessions,
} from '../../../src/controllers/agent-sessions/agent-sessions.ts';
import { startTaskLifecycle } from '../../../src/controllers/task-lifecycle/start-task-lifecycle.ts';
import { rootCaller } from '../../../src/core/identity/root-caller.ts';
import type { Task } from '../../../src/domain/task.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { ServiceError } from '../../../src/lib/service-error.ts';
import { serverTimes } from '../../../src/link/server-times.ts';
import { type Socket, socketPair } from '../../../src/link/socket.ts';
import { randomIds } from '../../../src/platform/random-ids.ts';
import { systemClock } from '../../../src/platform/system-clock.ts';
import { containerInstances, tasks } from '../../../src/records/collections.ts';
import { bootstrapAccount } from '../../../src/records/identity.ts';
import {
  createSimulatedDriver,
  type SimulatedDriver,
} from '../../../src/runtime/simulated/simulated-driver.ts';
import { memoryStore } from '../../../src/store/memory-store.ts';
import type { Store } from '../../../src/store/store.ts';

const installation = {
  accountId: '123456789012',
  region: 'us-east-1',
  endpointUrl: 'http://127.0.0.1:1',
} as const;
const caller = rootCaller(installation.accountId, 'AKIATEST');

/** A control plane and one host in one process: the real store, operations and controllers, no network. */
export interface LinkLab {
  readonly store: Store;
  readonly driver: SimulatedDriver;
  readonly sessions: AgentSessions;
  /** Calls of services other than ECS, as `service.Operation`, with their inputs. */
  readonly otherCalls: { readonly operation: string; readonly input: Readonly<Record<string, unknown>> }[];
  /** Answers those calls; by default with `{}`. */
  answerOther: (operation: string, input: Readonly<Record<string, unknown>>) => object;
  /** How far the agent takes the time to be ahead when it looks at what ends. */
  aheadMs: number;
  /** The queries with which ACS sessions were asked for. */
  readonly acsQueries: string[];
  /** The API does not answer while this is true. */
  isCut: boolean;
  agent: Agent;
  call(operation: keyof typeof ecsOperations, input: object): Promise<Readonly<Record<string, unknown>>>;
  /** The first time the row is as asked. */
  taskWhen(taskArn: string, isSo: (task: Task) => boolean): Promise<Task>;
  isConnected(): boolean;
  /** Ends the agent without a word and starts another on the same host and state. */
  restartAgent(): Promise<void>;
  /** Cuts the sockets that are open. */
  cutSockets(): void;
  close(): Promise<void>;
}

/** Starts a lab whose host has registered into the cluster `lab`. */
export async function startLinkLab(): Promise<LinkLab> {
  const store = await memoryStore();
  const shared = { store, clock: systemClock, ids: randomIds, log: silentLog, installation };
  await store.write((tx) => {
    bootstrapAccount(tx, { ids: randomIds, now: systemClock.now(), installation });
  });
  const lifecycle = startTaskLifecycle(shared);
  const sessions = await startAgentSessions(shared);
  const driver = createSimulatedDriver({ clock: systemClock });
  const state = memoryStateDirectory();
  const open = new Set<Socket>();

  const call: LinkLab['call'] = async (operation, input) => {
    const context: Context = { ...shared, caller, requestId: 'r' };
    const run = ecsOperations[operation] as unknown as Operation<object, object> | undefined;
    if (run === undefined) throw new Error(`no operation ${operation}`);
    return (await run(context, input)) as Readonly<Record<string, unknown>>;
  };
  await call('CreateCluster', { clusterName: 'lab' });

  const lab: LinkLab = {
    store,
    driver,
    sessions,
    otherCalls: [],
    answerOther: () => ({}),
    aheadMs: 0,
    acsQueries: [],
    isCut: false,
    agent: {
      containerInstanceArn: '',
      metadataPort: 0,
      introspectionPort: undefined,
      superseded: new Promise(() => {}),
      close: async () => {},
    },
    call,
    taskWhen: (taskArn, isSo) => taskWhen(store, taskArn, isSo),
    isConnected: () => store.read((tx) => tx.all(containerInstances)).some((row) => row.agentConnected),
    restartAgent: async () => {
      const old = lab.agent;
      lab.agent = await agentOf(lab, { state: copyOf(state), open });
      await old.close();
    },
    cutSockets: () => {
      for (const socket of open) socket.close(1006, 'cut');
    },
    close: async () => {
      await lab.agent.close();
      sessions.close();
      lifecycle.stop();
    },
  };
  lab.agent = await agentOf(lab, { state, open });
  return lab;
}

/** Waits for the row of a task; fails after a while by itself. */
function taskWhen(store: Store, taskArn: string, isSo: (task: Task) => boolean): Promise<Task> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      unwatch();
      cancel();
      settle();
    };
    const look = (): void => {
      const task = store.read((tx) => tx.get(tasks, taskArn));
      if (task !== undefined && isSo(task)) done(() => resolve(task));
    };
    const unwatch = store.watch(look);
    const timer = setTimeout(() => {
      const task = store.read((tx) => tx.get(tasks, taskArn));
      done(() => reject(new Error(`the task stayed ${JSON.stringify(task, null, 1)}`)));
    }, 15_000);
    const cancel = (): void => clearTimeout(timer);
    look();
  });
}

/** The documents as the killed agent left them: what it writes afterwards is not seen by its successor. */
const copyOf = (state: StateDirectory): StateDirectory => state;

function agentOf(
  lab: LinkLab,
  host: { readonly state: StateDirectory; readonly open: Set<Socket> },
): Promise<Agent> {
  return startAgent({
    driver: lab.driver,
    clock: systemClock,
    ids: randomIds,
    log: silentLog,
    state: host.state,
    firelens: noFirelensFolders,
    volumes: { prepare: async () => new Map(), remove: async () => {} },
    secretFolders: secretFolders(undefined),
    call: httpCall(lab),
    connect: connector(lab, host.open),
    connectBytes: async () => {
      throw new Error('the lab carries no exec sessions');
    },
    endpointUrl: installation.endpointUrl,
    region: installation.region,
    cluster: 'lab',
    times: serverTimes(() => systemClock.now() + lab.aheadMs),
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    agentVersion: '1.0.0',
    agentHash: 'abc',
    introspection: { port: 51_678, license: 'You may.' },
    offer: { servesPool: false, isExternal: false },
    settings: { stopTimeoutSeconds: 1, cleanupWaitMs: 0 },
  });
}

function httpCall(lab: LinkLab): HttpCall {
  return async ({ headers, body }) => {
    if (lab.isCut) throw new Error('connect ECONNREFUSED');
    const [prefix = '', operation = ''] = (headers['x-amz-target'] ?? '').split('.');
    const input = fromWire(JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>);
    try {
      if (!prefix.startsWith('AmazonEC2ContainerService')) {
        lab.otherCalls.push({ operation, input });
        return { status: 200, body: JSON.stringify(lab.answerOther(operation, input)) };
      }
      const output = await lab.call(operation as keyof typeof ecsOperations, input);
      return { status: 200, body: JSON.stringify(output) };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return { status: 400, body: JSON.stringify({ __type: error.code, message: error.message }) };
    }
  };
}

/** The wire turns timestamps into milliseconds. */
function fromWire(input: Record<string, unknown>): Record<string, unknown> {
  const times = ['pullStartedAt', 'pullStoppedAt', 'executionStoppedAt'];
  const entries = Object.entries(input).map(([name, value]) =>
    times.includes(name) ? [name, Number(value) * 1000] : [name, value],
  );
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function connector(lab: LinkLab, open: Set<Socket>): ConnectSocket {
  return async (url) => {
    if (lab.isCut) throw new Error('connect ECONNREFUSED');
    const { pathname, search } = new URL(url);
    const query = search.slice(1);
    if (pathname.startsWith('/acs/')) lab.acsQueries.push(query);
    const admission = pathname.startsWith('/acs/')
      ? lab.sessions.admitAcs(query)
      : lab.sessions.admitTcs(query);
    if (admission.kind === 'refused')
      throw new UpgradeRefused(admission.refusal.status, admission.refusal.name);
    const [near, far] = socketPair();
    open.add(near);
    admission.attach(far);
    return near;
  };
}
