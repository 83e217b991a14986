import type { PayloadTask } from '../domain/task-payload.ts';
import { type Rng, seededRng } from '../lib/rng.ts';
import { execUrl } from '../link/session-url.ts';
import type { RuntimeInfo } from '../runtime/driver.ts';
import type { Agent, AgentOptions } from './agent-options.ts';
import { type AgentStateFile, openAgentState } from './agent-state.ts';
import { type ApiForwarder, apiForwarder } from './api-forwarder.ts';
import { type AwsCaller, awsCall, ECS_API } from './aws-call.ts';
import { hostAttributes, platformDevices, totalResources } from './capabilities.ts';
import { type CredentialsBook, credentialsBook } from './credentials-book.ts';
import { type EcsApi, ecsApi } from './ecs-api.ts';
import { DEFAULT_ENGINE_SETTINGS, type EngineDeps } from './engine-deps.ts';
import { type ExecSessions, execSessions } from './exec-sessions.ts';
import { keepHostSessions } from './host-sessions.ts';
import type { AgentFacts } from './introspection-documents.ts';
import { startIntrospection } from './introspection-server.ts';
import { logService } from './log-service.ts';
import { startMetadataServer } from './metadata-server.ts';
import { patientState } from './patient-state.ts';
import { type Registered, RegistrationRefused, register } from './registration.ts';
import { registries } from './registry-token.ts';
import { secretReader } from './secret-reader.ts';
import { type TaskEngine, taskEngine } from './task-engine.ts';
import { taskIdOf } from './task-record.ts';
import { taskSecrets } from './task-secrets.ts';
import type { TcsClient } from './tcs-client.ts';

/** The data directory is of a host of another cluster. */
export class ClusterMismatch extends Error {}

/** The data directory is a copy, and would make two agents with one identity. (HARD-40) */
export class StateCopied extends Error {}

/**
 * Starts an agent: finds the containers of its last run again, registers the host and serves it. Resolves when the host
 * is registered, for which it tries as long as it takes; rejects with `RegistrationRefused` or `ClusterMismatch` when no
 * retry would help. (AGT-1)
 */
export async function startAgent(given: AgentOptions): Promise<Agent> {
  const closing = new AbortController();
  const options = { ...given, state: patientState(given.state, given, closing.signal) };
  const state = await openAgentState(options.state);
  const { cluster } = state.current;
  refuseCopy(options, state.current.home);
  if (cluster !== undefined && cluster !== options.cluster) {
    throw new ClusterMismatch(`the data directory belongs to a host of the cluster ${cluster}`);
  }
  const host = await assemble(options, state, closing);
  try {
    await openIntrospection(host);
    await host.execs.recover();
    await host.engine.recover();
    const unended = host.engine.records().filter(({ isStopped }) => !isStopped);
    const unendedIds = unended.map(({ payload }) => taskIdOf(payload));
    await options.secretFolders.retain(unendedIds);
    await clearFaults(host, unendedIds);
    reopenForwarder(host);
    const first = await registerHost(host, state.current.containerInstanceArn);
    await follow(host, first);
  } catch (error) {
    await closeHost(host);
    throw error;
  }
  return {
    get containerInstanceArn() {
      return host.registered?.containerInstanceArn ?? '';
    },
    metadataPort: host.metadataPort,
    introspectionPort: host.introspection?.port,
    superseded: host.superseded.promise,
    close: () => closeHost(host),
  };
}

/** What tasks that are gone have made in the host's own network; another start of the agent may be luckier. (FLT-7) */
async function clearFaults({ options, info }: Host, unendedIds: readonly string[]): Promise<void> {
  if (!info.hasNetworkFaults) return;
  try {
    await options.driver.faults.retain(unendedIds);
  } catch (error) {
    options.log.warn('agent.faults-not-removed', { error: String(error) });
  }
}

function refuseCopy({ home }: AgentOptions, madeAt: string | undefined): void {
  if (home === undefined || madeAt === undefined || madeAt === home.name || home.wasMovedFrom(madeAt)) return;
  throw new StateCopied(`the data directory was made at ${madeAt}, and is used at ${home.name}`);
}

/** The parts of a running agent. */
interface Host {
  readonly options: AgentOptions;
  readonly state: AgentStateFile;
  readonly info: RuntimeInfo;
  readonly rng: Rng;
  readonly api: EcsApi;
  readonly book: CredentialsBook;
  readonly engine: TaskEngine;
  readonly execs: ExecSessions;
  readonly forwarder: ApiForwarder;
  readonly endpointFor: EngineDeps['endpointFor'];
  readonly metadataPort: number;
  readonly closeMetadata: () => void;
  introspection?: Awaited<ReturnType<typeof startIntrospection>> | undefined;
  readonly closing: AbortController;
  readonly superseded: PromiseWithResolvers<void>;
  registered: Registered | undefined;
  tcs: TcsClient | undefined;
}

async function assemble(
  options: AgentOptions,
  state: AgentStateFile,
  closing: AbortController,
): Promise<Host> {
  const { driver, clock, log, ids, region, endpointUrl, credentials, call } = options;
  const info = await driver.info();
  const userAgent = `Gantry Agent/${options.agentVersion} (linux)`;
  const caller: AwsCaller = { call, clock, times: options.times, region, userAgent };
  const api = ecsApi(caller, endpointUrl, credentials);
  const book = credentialsBook();
  const rng = seededRng(ids.hex(16));
  const forwarder = apiForwarder({
    endpointUrl,
    log,
    port: state.current.forwarderPort,
    savePort: (forwarderPort) => state.update({ forwarderPort }),
  });
  const parts: { host: Host | undefined } = { host: undefined };
  const metadata = await startMetadataServer(
    {
      engine: () => parts.host?.engine,
      book,
      driver,
      clock,
      host: () => ({ containerInstanceArn: '', ...parts.host?.registered, cluster: options.cluster }),
      audit: options.audit ?? (() => {}),
      protect: (operation, input, how) =>
        awsCall(caller, { api: ECS_API, endpointUrl, operation, input, ...how }),
      tagsOf: ({ payload }) => tagsOf(api, payload, parts.host?.registered?.containerInstanceArn),
    },
    { host: options.metadataAddress ?? '127.0.0.1', port: state.current.metadataPort },
  );
  await state.update({ metadataPort: metadata.port });
  await driver.setMetadataPort(metadata.port);
  const endpointFor = endpointsForTasks(options, info, forwarder);
  const secrets = secretReader(caller, endpointUrl, book);
  const engine = taskEngine({
    driver,
    clock,
    ids,
    log,
    rng: rng.fork('tasks'),
    state: options.state,
    cluster: options.cluster,
    region,
    book,
    registries: registries({ caller, own: credentials, book, secrets }),
    logs: logService(caller, endpointUrl),
    credentials,
    volumes: options.volumes,
    firelens: options.firelens,
    secrets: taskSecrets(secrets),
    secretFolders: options.secretFolders,
    submit: (change) => api.submitTask(change),
    endpointFor,
    onHealth: () => parts.host?.tcs?.healthChanged(),
    settings: { ...DEFAULT_ENGINE_SETTINGS, ...options.settings },
  });
  const execs = execsOf(options, engine, () => parts.host?.registered?.containerInstanceArn ?? '');
  parts.host = {
    options,
    state,
    info,
    rng,
    api,
    book,
    engine,
    execs,
    forwarder,
    endpointFor,
    metadataPort: metadata.port,
    closeMetadata: metadata.close,
    closing,
    superseded: Promise.withResolvers(),
    registered: undefined,
    tcs: undefined,
  };
  return parts.host;
}

async function openIntrospection(host: Host): Promise<void> {
  const { introspection, cluster, agentVersion, agentHash, log } = host.options;
  if (introspection === undefined) return;
  const facts = (): AgentFacts => ({
    cluster,
    containerInstanceArn: host.registered?.containerInstanceArn,
    version: `Gantry Agent - v${agentVersion}${agentHash === undefined ? '' : ` (${agentHash})`}`,
    license: introspection.license,
  });
  host.introspection = await startIntrospection(introspection, {
    facts,
    records: () => host.engine.records(),
    log,
  });
}

function execsOf(options: AgentOptions, engine: TaskEngine, instanceArn: () => string): ExecSessions {
  const { endpointUrl, connectBytes } = options;
  return execSessions({
    ...options,
    records: () => engine.records(),
    connect: (sessionId, signal) =>
      connectBytes(execUrl(endpointUrl, { containerInstanceArn: instanceArn(), sessionId }), signal),
  });
}

/** Containers of the last run hold the forwarder's address in their environment. */
function reopenForwarder(host: Host): void {
  for (const { payload, isStopped } of host.engine.records()) {
    if (isStopped) continue;
    host.endpointFor(payload).catch((error: unknown) => {
      host.options.log.warn('forwarder.not-reopened', { task: payload.arn, error: String(error) });
    });
  }
}

async function closeHost(host: Host): Promise<void> {
  host.closing.abort();
  host.closeMetadata();
  host.introspection?.close();
  host.forwarder.close();
  await host.execs.close();
  await host.engine.close();
}

/**
 * Registers under the ARN of the last run. A control plane that does not know it has lost its state: a host of the pool
 * then joins anew, while a host of a cluster is refused, as the ECS agent is. (AGT-1)
 */
async function registerHost(host: Host, containerInstanceArn: string | undefined): Promise<Registered> {
  const { options, info, api, rng, closing, state } = host;
  const { clock, ids, log, offer, cluster } = options;
  const registration = {
    cluster,
    totalResources: totalResources(info, offer),
    platformDevices: platformDevices(info),
    attributes: hostAttributes(info, offer),
  };
  const deps = { api, clock, ids, log, rng };
  const join = async (): Promise<Registered> => {
    if (containerInstanceArn === undefined) return register(deps, registration, closing.signal);
    try {
      return await register(deps, { ...registration, containerInstanceArn }, closing.signal);
    } catch (error) {
      if (!(error instanceof RegistrationRefused) || !offer.servesPool) throw error;
      log.warn('agent.joins-anew', { containerInstanceArn, error: error.message });
      return register(deps, registration, closing.signal);
    }
  };
  const registered = await join();
  const isNew = registered.containerInstanceArn !== containerInstanceArn;
  // Another instance has another counter, so what was seen of the old one says nothing.
  const lastTimeline = isNew ? -1 : state.current.lastTimeline;
  const home = options.home?.name ?? state.current.home;
  await state.update({ containerInstanceArn: registered.containerInstanceArn, cluster, home, lastTimeline });
  log.info('agent.registered', {
    containerInstanceArn: registered.containerInstanceArn,
    isNew: String(isNew),
  });
  return registered;
}

/** Serves a registration, and the one that takes its place should the control plane forget it. */
async function follow(host: Host, registered: Registered): Promise<void> {
  host.registered = registered;
  const ending = new AbortController();
  const { tcs } = keepHostSessions(
    {
      ...host,
      containerInstanceArn: registered.containerInstanceArn,
      run: registered.run,
      onSuperseded: () => {
        host.options.log.error('agent.superseded', { containerInstanceArn: registered.containerInstanceArn });
        host.superseded.resolve();
      },
      onInactive: () => rejoin(host, registered, ending),
    },
    AbortSignal.any([host.closing.signal, ending.signal]),
  );
  host.tcs = tcs;
}

async function rejoin(host: Host, before: Registered, ending: AbortController): Promise<boolean> {
  if (!host.options.offer.servesPool) return false;
  try {
    const next = await registerHost(host, before.containerInstanceArn);
    if (next.containerInstanceArn === before.containerInstanceArn) return false;
    ending.abort();
    await follow(host, next);
    return true;
  } catch (error) {
    host.options.log.warn('agent.not-rejoined', { error: String(error) });
    return false;
  }
}

/** Where containers reach the API: through the forwarder at their gateway, or as the host does in host mode. (AGT-12) */
function endpointsForTasks(
  { driver, endpointUrl }: AgentOptions,
  info: RuntimeInfo,
  forwarder: ApiForwarder,
): (payload: PayloadTask) => Promise<string | undefined> {
  return async ({ networkMode, elasticNetworkInterfaces }) => {
    if (networkMode === 'none' || info.name === 'simulated') return undefined;
    if (networkMode === 'host' || !endpointUrl.startsWith('http:')) return endpointUrl;
    const gateway = elasticNetworkInterfaces[0]?.subnetGatewayIpv4Address;
    const address = await driver.hostAddressFor(networkMode, gateway);
    return address === undefined ? undefined : forwarder.urlAt(address);
  };
}

async function tagsOf(
  api: EcsApi,
  payload: PayloadTask,
  instanceArn: string | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const hasInstanceTags = payload.launchType !== 'FARGATE' && instanceArn !== undefined;
  const [TaskTags, ContainerInstanceTags] = await Promise.all([
    api.tags(payload.arn),
    hasInstanceTags ? api.tags(instanceArn) : undefined,
  ]);
  return { TaskTags, ...(ContainerInstanceTags !== undefined && { ContainerInstanceTags }) };
}
