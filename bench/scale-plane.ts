import { join } from 'node:path';
import { createAuthorizer } from '../src/api/authorize.ts';
import { type AgentSessions, startAgentSessions } from '../src/controllers/agent-sessions/agent-sessions.ts';
import type { Installation } from '../src/lib/config.ts';
import { authenticatorFor } from '../src/main/authentication.ts';
import { startControllers } from '../src/main/controllers.ts';
import { dataFiles, prepareDataDir } from '../src/main/data-dir.ts';
import { startEvents } from '../src/main/events.ts';
import type { SharedContext } from '../src/main/handlers.ts';
import { openLogEvents, openServices } from '../src/main/services.ts';
import { readSettings } from '../src/main/settings.ts';
import { aesVault, newVaultKey } from '../src/platform/aes-vault.ts';
import { openEventArchive } from '../src/platform/event-archive-file.ts';
import { pinoLog } from '../src/platform/pino-log.ts';
import { randomIds } from '../src/platform/random-ids.ts';
import { systemClock } from '../src/platform/system-clock.ts';
import { writesEvents } from '../src/records/event-outbox.ts';
import { bootstrapAccount } from '../src/records/identity.ts';
import { bootstrapNetwork } from '../src/records/network.ts';
import { openStore } from '../src/store/create-store.ts';
import { openSqliteLog } from '../src/store/sqlite-log.ts';
import { createDispatch, type Dispatch } from '../src/wire/dispatch.ts';
import { createHttpServer } from '../src/wire/http-server.ts';
import { freePort } from '../test/support/free-port.ts';
import type { Call, Target } from './load.ts';
import { signedCall, wireRequest } from './scale-signing.ts';
import { SCOPE } from './seed.ts';

/** A whole control plane in this process, whose parts can be reached without a socket. */
export interface Plane {
  readonly shared: SharedContext;
  readonly sessions: AgentSessions;
  readonly dispatch: Dispatch;
  /** Where signed requests over HTTP go. */
  readonly target: Target;
  stop(): Promise<void>;
}

/** Puts a control plane together as the program does: files, signatures, policies, controllers, events and all. */
export async function startPlane(dataDir: string): Promise<Plane> {
  prepareDataDir(dataDir);
  const port = await freePort();
  const settings = readSettings({ dataDir, port: String(port), runtime: 'simulated' });
  const files = dataFiles(dataDir);
  const log = pinoLog({ level: 'info', destination: join(files.logs, 'control-plane.log') });
  const ports = { clock: systemClock, ids: randomIds, log };
  const installation: Installation = { ...SCOPE, endpointUrl: `http://127.0.0.1:${port}` };
  const [archive, logEvents, stateLog] = await Promise.all([
    openEventArchive(files.events),
    openLogEvents(settings),
    openSqliteLog(files.store),
  ]);
  const source = { ...ports, scope: installation, lastSequence: () => archive.lastSequence() };
  const store = await openStore({ log: stateLog, beforeCommit: writesEvents(source) });
  const keys = await store.write((tx) => {
    bootstrapNetwork(tx, { cidrBlock: '10.0.0.0/16', region: SCOPE.region, ids: randomIds });
    return bootstrapAccount(tx, { ids: randomIds, now: systemClock.now(), installation });
  });
  const shared = { store, installation, ...ports };
  const authenticator = authenticatorFor(settings, shared);
  const authorizer = createAuthorizer(shared);
  const services = openServices(settings, shared, {
    authorizer,
    logEvents,
    vault: aesVault(newVaultKey()),
  });
  const sessions = await startAgentSessions(shared);
  const controllers = startControllers(shared, settings, logEvents);
  const events = startEvents({ ...shared, archive, webhookUrl: undefined });
  const dispatch = await createDispatch({
    operations: services.operations,
    authenticator,
    authorize: (request, action, input) => authorizer.authorize(request, action, input),
    anonymous: { kind: 'anonymous', accountId: SCOPE.accountId, arn: '', userId: '', accessKeyId: '' },
    ids: randomIds,
    log,
  });
  const server = createHttpServer({ dispatch, log });
  await server.listen(port, '127.0.0.1');
  return {
    shared,
    sessions,
    dispatch,
    target: { endpointUrl: installation.endpointUrl, region: SCOPE.region, credentials: keys.root },
    stop: async () => {
      sessions.close();
      await server.close();
      controllers.stop();
      await events.stop();
      await archive.close();
      await logEvents.close();
      await store.close();
    },
  };
}

/** Makes one call without a socket and answers its output. Rejects when it is refused. */
export async function callPlane(plane: Plane, call: Call): Promise<unknown> {
  const { status, body } = await plane.dispatch(wireRequest(signedCall(plane.target, call)));
  if (status !== 200) throw new Error(`${call.operation}: ${status} ${String(body)}`);
  return JSON.parse(String(body));
}
