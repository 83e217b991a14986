import { createAuthorizer } from '../api/authorize.ts';
import { startAgentSessions } from '../controllers/agent-sessions/agent-sessions.ts';
import { collectMetrics } from '../controllers/metrics/collect-metrics.ts';
import type { EventArchive } from '../domain/events.ts';
import type { AccessKey } from '../domain/identity.ts';
import type { LogEvents } from '../domain/log-events.ts';
import type { MetricArchive } from '../domain/metrics.ts';
import { assert } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import type { Installation } from '../lib/config.ts';
import type { Ids } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import { openEventArchive } from '../platform/event-archive-file.ts';
import { metricArchiveFile } from '../platform/metric-archive-file.ts';
import { subnets } from '../records/collections.ts';
import { type EventSource, writesEvents } from '../records/event-outbox.ts';
import { bootstrapAccount } from '../records/identity.ts';
import { memoryEventArchive } from '../records/memory-event-archive.ts';
import { memoryMetricArchive } from '../records/memory-metric-archive.ts';
import { bootstrapNetwork } from '../records/network.ts';
import { openStore } from '../store/create-store.ts';
import { memoryLog } from '../store/memory-log.ts';
import { openSqliteLog } from '../store/sqlite-log.ts';
import type { Store } from '../store/store.ts';
import { createDispatch } from '../wire/dispatch.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../wire/http-server.ts';
import { bodyRoom } from '../wire/request-body.ts';
import { agentGateway } from './agent-gateway.ts';
import { authenticatorFor } from './authentication.ts';
import { CONTROL_PREFIXES, controlRoutes } from './control-routes.ts';
import { startControllers } from './controllers.ts';
import { type Birth, dataFiles } from './data-dir.ts';
import { startEvents } from './events.ts';
import { execGateway, startExec } from './exec-gateway.ts';
import { startHousekeeping } from './housekeeping.ts';
import { keyUses } from './key-uses.ts';
import { answerMetrics } from './metrics-route.ts';
import { resetState } from './reset-state.ts';
import { openLogEvents, openServices } from './services.ts';
import type { Settings } from './settings.ts';
import { serverIdentity } from './tls.ts';
import { UsageError } from './usage-error.ts';
import { openVault } from './vault.ts';
import { answerWhy } from './why-route.ts';

/** The ports to the world that production and tests fill differently. */
export interface Ports {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** A control plane that answers. */
export interface ControlPlane {
  readonly endpointUrl: string;
  readonly rootKey: AccessKey;
  readonly hostKey: AccessKey;
  /** How many hosts can be given tasks now. */
  connectedHostCount(): number;
  /** The subnets of the default network. */
  subnetIds(): readonly string[];
  /** Makes the installation as it was after its first start. */
  reset(): Promise<void>;
  /** Answers what is under way, then lets go of everything. Containers are not touched. */
  stop(): Promise<void>;
}

/** Opens the state, starts the controllers and answers on the port. The only place that puts the parts together. */
export async function startControlPlane(
  settings: Settings,
  birth: Birth,
  ports: Ports,
): Promise<ControlPlane> {
  const installation = installationOf(settings, birth);
  const { store, logEvents, archive } = await openFiles(settings, ports, installation);
  const keys = await firstRows(store, birth, installation, ports);
  const shared = { store, installation, ...ports };
  const authenticator = authenticatorFor(settings, shared);
  const authorizer = createAuthorizer(shared);
  const vault = await openVault(settings, store);
  const services = openServices(settings, shared, { authorizer, logEvents, vault });
  const metrics = openMetrics(settings);
  const collector = collectMetrics({ ...shared, archive: metrics });
  const sessions = await startAgentSessions({
    ...shared,
    onMetrics: (instanceArn, reported) => collector.report(instanceArn, reported),
  });
  const exec = await startExec(settings, shared, { ...services, sessions, authorizer });
  const controllers = startControllers(shared, settings, logEvents);
  const events = startEvents({ ...shared, archive, webhookUrl: settings.eventWebhookUrl });
  const housekeeping = startHousekeeping(shared, services);
  const uses = keyUses(shared);
  const dispatch = await createDispatch({
    operations: services.operations,
    authenticator,
    authorize: (request, action, input) => {
      uses.note(request.caller, action);
      authorizer.authorize(request, action, input);
    },
    anonymous: anonymousCaller(installation),
    hostSuffixes: hostSuffixes(installation),
    ids: ports.ids,
    log: ports.log,
  });
  const healthyAfterRunningMs = settings.healthyAfterRunningSeconds * 1000;
  const reset = (): Promise<void> => resetState(shared, { ...services, archive, collector }, sessions);
  const control = controlRoutes({
    settings,
    authenticator,
    why: (request) => answerWhy(request, { shared, authenticator, authorizer, healthyAfterRunningMs }),
    metrics: (request) =>
      answerMetrics(request, { shared, collector, archive: metrics, authenticator, authorizer }),
    connectedHostCount: () => sessions.connectedCount(),
    events: { archive, authorizer },
    reset,
  });
  const door = {
    dispatch,
    prefixes: [
      { prefix: '/v2/', handle: services.registry.handle },
      ...CONTROL_PREFIXES.map((prefix) => ({ prefix, handle: control })),
    ],
    upgrade: execGateway(
      { ...shared, exec, authenticator, authorizer },
      agentGateway({ ...shared, sessions, authenticator, authorizer }),
    ),
    log: ports.log,
  };
  const servers = await openDoors(settings, door, ports.clock);
  ports.log.info('control-plane.started', { endpointUrl: installation.endpointUrl });
  return {
    endpointUrl: installation.endpointUrl,
    rootKey: keys.root,
    hostKey: keys.host,
    connectedHostCount: () => sessions.connectedCount(),
    subnetIds: () => store.read((tx) => tx.all(subnets).map(({ subnetId }) => subnetId)),
    reset,
    stop: async () => {
      await exec.close();
      sessions.close();
      await Promise.all(servers.map((server) => server.close()));
      controllers.stop();
      housekeeping.stop();
      await events.stop();
      await collector.stop();
      await metrics.close();
      await archive.close();
      await logEvents.close();
      await store.close();
      ports.log.info('control-plane.stopped');
    },
  };
}

const installationOf = (settings: Settings, { accountId, region }: Birth): Installation => ({
  accountId,
  region,
  endpointUrl: endpointUrlOf(settings),
  execStreamUrl: settings.execStreamUrl,
});

/** The URL that this machine's clients use. An address that means "all of them" is reached by loopback. */
function endpointUrlOf({ host, port }: Settings): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Opens the state, the log events and the events side by side, because each waits for a thread of its own to start. */
async function openFiles(
  settings: Settings,
  ports: Ports,
  installation: Installation,
): Promise<{ readonly store: Store; readonly logEvents: LogEvents; readonly archive: EventArchive }> {
  let archive: EventArchive | undefined;
  const lastSequence = (): number => {
    assert(archive !== undefined, 'nothing is written before all files are open');
    return archive.lastSequence();
  };
  const source = { clock: ports.clock, ids: ports.ids, scope: installation, lastSequence };
  const opened = await Promise.allSettled([
    openState(settings, ports, source),
    openLogEvents(settings),
    openArchive(settings),
  ]);
  const [state, events, kept] = opened;
  if (state.status === 'fulfilled' && events.status === 'fulfilled' && kept.status === 'fulfilled') {
    archive = kept.value;
    return { store: state.value, logEvents: events.value, archive };
  }
  // A file that stays open would keep the process from ending.
  for (const each of opened) if (each.status === 'fulfilled') await each.value.close();
  throw opened.find((each) => each.status === 'rejected')?.reason;
}

const openArchive = async (settings: Settings): Promise<EventArchive> =>
  settings.storage === 'memory' ? memoryEventArchive() : openEventArchive(dataFiles(settings.dataDir).events);

/** Measurements of containers; their file is opened when there is one. */
const openMetrics = (settings: Settings): MetricArchive =>
  settings.storage === 'memory'
    ? memoryMetricArchive()
    : metricArchiveFile(dataFiles(settings.dataDir).metrics);

/** The store, which writes an event beside each change that clients can see. */
async function openState(settings: Settings, ports: Ports, source: EventSource): Promise<Store> {
  return openStore({
    log: settings.storage === 'memory' ? memoryLog() : await openSqliteLog(dataFiles(settings.dataDir).store),
    beforeCommit: writesEvents(source),
    onRefusal: (reason) => {
      if (reason === undefined) {
        ports.log.info('store.writes-again');
        process.stderr.write('gantry: the state is written again\n');
        return;
      }
      ports.log.error('store.refused', { reason });
      process.stderr.write(
        `gantry: the state cannot be written: ${reason}. Make room in ${settings.dataDir}. Until then requests that change something are refused; tasks run on.\n`,
      );
    },
    onFailure: (error) => {
      // Nothing can be acknowledged any more. Ending lets a supervisor start us again from what is durable.
      ports.log.error('store.failed', { error: error.message });
      process.stderr.write(`gantry: the state can no longer be written: ${error.message}\n`);
      process.exit(70);
    },
  });
}

/** Names below which a host name names a bucket: this machine's own, the endpoint's, and those that AWS has. */
const hostSuffixes = ({ endpointUrl, region }: Installation): readonly string[] => {
  const { hostname } = new URL(endpointUrl);
  const own = /^[\d.]+$|^\[/.test(hostname) ? [] : [hostname];
  return [...own, 's3.localhost', 'localhost', `s3.${region}.amazonaws.com`, 's3.amazonaws.com'];
};

function firstRows(store: Store, birth: Birth, installation: Installation, { ids, clock }: Ports) {
  return store.write((tx) => {
    bootstrapNetwork(tx, { cidrBlock: birth.vpcCidr, region: birth.region, ids });
    return bootstrapAccount(tx, { ids, now: clock.now(), installation });
  });
}

const anonymousCaller = ({ accountId }: Installation) =>
  ({ kind: 'anonymous', accountId, arn: 'anonymous', userId: 'anonymous', accessKeyId: '' }) as const;

/** Listens for plain HTTP and, when it is asked for, for TLS on a port of its own. (PRG-12) */
async function openDoors(
  settings: Settings,
  door: HttpServerOptions,
  clock: Clock,
): Promise<readonly HttpServer[]> {
  const { tls } = settings;
  const identity = tls === undefined ? undefined : serverIdentity(tls, settings, clock.now());
  const room = bodyRoom();
  const plain = createHttpServer({ ...door, room });
  await listen(plain, { ...settings, options: '--port or --host' });
  if (tls === undefined) return [plain];
  const secure = createHttpServer({ ...door, room, tls: identity });
  await listen(secure, { ...tls, options: '--tls-port or --tls-host' });
  return [plain, secure];
}

interface ListenAt {
  readonly host: string;
  readonly port: number;
  /** The options that choose another address. */
  readonly options: string;
}

async function listen(server: HttpServer, { host, port, options }: ListenAt): Promise<void> {
  try {
    await server.listen(port, host);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL' && code !== 'EACCES') throw cause;
    const why = code === 'EADDRINUSE' ? 'is taken by another program' : 'cannot be listened on';
    throw new UsageError(`${host}:${port} ${why}. Choose another with ${options}.`, { cause });
  }
}
