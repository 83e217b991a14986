import type { RoleCredentials } from '../domain/task-payload.ts';
import type { Rng } from '../lib/rng.ts';
import { acsUrl, type SessionQuery, tcsUrl } from '../link/session-url.ts';
import { signRequest } from '../link/sigv4-sign.ts';
import type { RuntimeInfo } from '../runtime/driver.ts';
import { acsClient } from './acs-client.ts';
import type { AgentOptions } from './agent-options.ts';
import type { AgentStateFile } from './agent-state.ts';
import { ACS_BACKOFF, TCS_BACKOFF } from './backoff.ts';
import type { CredentialsBook } from './credentials-book.ts';
import type { EcsApi } from './ecs-api.ts';
import type { ExecSessions } from './exec-sessions.ts';
import { pause } from './pause.ts';
import { pollEndpoints } from './poll-endpoints.ts';
import { keepSession, type SessionPlan } from './session-loop.ts';
import type { TaskEngine } from './task-engine.ts';
import { type TcsClient, tcsClient } from './tcs-client.ts';

/** What the sessions of one registration need. */
export interface HostSessionsDeps {
  readonly options: AgentOptions;
  readonly api: EcsApi;
  readonly engine: TaskEngine;
  readonly book: CredentialsBook;
  readonly execs: ExecSessions;
  readonly state: AgentStateFile;
  readonly info: RuntimeInfo;
  readonly rng: Rng;
  readonly containerInstanceArn: string;
  /** The token of the registration. */
  readonly run: string;
  /** Another agent has taken this identity over. */
  readonly onSuperseded: () => void;
  /** Called when the control plane calls this instance inactive; true when it is registered anew under another ARN. */
  readonly onInactive: () => Promise<boolean>;
}

/** How long an instance that is not active leaves the control plane alone. (AGT-3) */
const INACTIVE_PAUSE_MS = 3_600_000;

/** Keeps both sessions of a registration open until the signal is aborted. */
export function keepHostSessions(
  deps: HostSessionsDeps,
  signal: AbortSignal,
): { readonly tcs: TcsClient; readonly ended: Promise<void> } {
  const { options, engine, state } = deps;
  const { clock, log, ids, cluster } = options;
  const endpoints = pollEndpoints(
    { clock, api: deps.api },
    { cluster, containerInstanceArn: deps.containerInstanceArn },
  );
  const tcs = tcsClientOf(deps);
  const acs = acsClient({
    engine,
    book: deps.book,
    clock,
    log,
    cluster,
    lastTimeline: state.current.lastTimeline,
    saveTimeline: (lastTimeline) => state.update({ lastTimeline }),
    submit: (change) => deps.api.submitTask(change),
    startExec: (message) => void deps.execs.start(message),
    onHeartbeat: () => tcs.publishInstanceStatus(),
  });
  let hasConnected = false;
  const acsPlan: SessionPlan = {
    name: 'acs',
    backoff: ACS_BACKOFF,
    connect: async (abort) => {
      const { endpoint } = await endpoints();
      const sendCredentials = !hasConnected || lacksCredentials(deps);
      return options.connect(acsUrl(endpoint, { ...queryOf(deps), sendCredentials }), abort);
    },
    receive: (text) => acs.receive(text),
    attached: (socket) => {
      if (socket !== undefined) hasConnected = true;
      acs.attached(socket);
    },
    inactive: async () => {
      if (!(await deps.onInactive())) await pause(clock, INACTIVE_PAUSE_MS, signal);
    },
    superseded: deps.onSuperseded,
  };
  const tcsPlan: SessionPlan = {
    name: 'tcs',
    backoff: TCS_BACKOFF,
    connect: async (abort) => {
      const { telemetryEndpoint } = await endpoints();
      return options.connect(tcsUrl(telemetryEndpoint, queryOf(deps)), abort);
    },
    receive: (text) => tcs.receive(text),
    attached: (socket) => tcs.attached(socket),
    superseded: deps.onSuperseded,
    inactive: () => pause(clock, TCS_BACKOFF.longestMs, signal),
  };
  const loop = { clock, log, rng: deps.rng.fork(`sessions/${ids.hex(4)}`) };
  const ended = Promise.all([keepSession(loop, acsPlan, signal), keepSession(loop, tcsPlan, signal)]).then(
    () => {},
  );
  return { tcs, ended };
}

function tcsClientOf({ options, engine, info, containerInstanceArn }: HostSessionsDeps): TcsClient {
  const { driver, clock, ids, log, cluster, endpointUrl, credentials, region } = options;
  return tcsClient({
    engine,
    driver,
    clock,
    ids,
    log,
    cluster,
    containerInstanceArn,
    hasMetrics: info.name !== 'simulated',
    cores: Math.max(1, Math.round(info.cpuUnits / 1024)),
    sign: (body) =>
      signRequest({
        method: 'GET',
        url: endpointUrl,
        body,
        service: 'ecs',
        credentials,
        region,
        now: options.times.nowAt(endpointUrl),
      }),
  });
}

const queryOf = ({ options, containerInstanceArn, info, run }: HostSessionsDeps): SessionQuery => ({
  cluster: options.cluster,
  containerInstanceArn,
  agentVersion: options.agentVersion,
  agentHash: options.agentHash,
  dockerVersion: info.version,
  run,
  sendCredentials: false,
});

/** The control plane renews credentials an hour before their end; later than this their renewal was lost. (HARD-46) */
const CREDENTIALS_LATE_MS = 55 * 60_000;

/** A task whose role credentials are not in memory, because the agent was restarted, or were not renewed in time. (HARD-46) */
function lacksCredentials({ engine, book, options }: HostSessionsDeps): boolean {
  const lateAt = options.times.nowAt(options.endpointUrl) + CREDENTIALS_LATE_MS;
  return engine
    .records()
    .filter(({ isStopped }) => !isStopped)
    .flatMap(({ payload }) => [payload.roleCredentials, payload.executionRoleCredentials])
    .some((role) => role !== undefined && endOf(book.get(role.credentialsId)) < lateAt);
}

/** Epoch milliseconds; credentials that are not there have ended. */
const endOf = (credentials: RoleCredentials | undefined): number =>
  credentials === undefined ? 0 : Date.parse(credentials.expiration);
