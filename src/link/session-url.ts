/** What an agent says of itself when it opens a session. */
export interface SessionQuery {
  /** As configured: a name or an ARN. */
  readonly cluster: string;
  readonly containerInstanceArn: string;
  readonly agentVersion?: string | undefined;
  readonly agentHash?: string | undefined;
  /** The bare version of the engine. */
  readonly dockerVersion?: string | undefined;
  /** Names a start of our own agent: the token with which it registered. Others do not send it. (HARD-41) */
  readonly run?: string | undefined;
  /** ACS only: the agent wants the credentials of all its tasks at once. */
  readonly sendCredentials: boolean;
}

/** The agent writes the engine's version like this on ACS, and bare on TCS. */
const DOCKER_VERSION_PREFIX = 'DockerVersion: ';

/** The URL of an ACS session under the endpoint that `DiscoverPollEndpoint` answered. (LNK-3) */
export function acsUrl(endpoint: string, query: SessionQuery): string {
  return sessionUrl(endpoint, {
    agentHash: query.agentHash ?? '',
    agentVersion: query.agentVersion ?? '',
    clusterArn: query.cluster,
    containerInstanceArn: query.containerInstanceArn,
    dockerVersion: `${DOCKER_VERSION_PREFIX}${query.dockerVersion ?? ''}`,
    protocolVersion: '2',
    sendCredentials: String(query.sendCredentials),
    seqNum: '1',
    ...runOf(query),
  });
}

/** The URL of a TCS session; its parameters have other names. (LNK-3) */
export function tcsUrl(endpoint: string, query: SessionQuery): string {
  return sessionUrl(endpoint, {
    agentHash: query.agentHash ?? '',
    agentVersion: query.agentVersion ?? '',
    cluster: query.cluster,
    containerInstance: query.containerInstanceArn,
    dockerVersion: query.dockerVersion ?? '',
    ...runOf(query),
  });
}

const runOf = ({ run }: SessionQuery): Readonly<Record<string, string>> =>
  run === undefined ? {} : { gantryRun: run };

/** The URL of the websocket that carries one exec session. (EXE-30) */
export const execUrl = (
  endpoint: string,
  query: { readonly containerInstanceArn: string; readonly sessionId: string },
): string =>
  sessionUrl(endpoint.endsWith('/') ? `${endpoint}exec` : `${endpoint}/exec`, {
    containerInstanceArn: query.containerInstanceArn,
    sessionId: query.sessionId,
  });

/** Reads the query of an ACS or TCS upgrade; undefined when it names no instance. (LNK-3) */
export function readSessionQuery(rawQuery: string): SessionQuery | undefined {
  const query = new URLSearchParams(rawQuery);
  const containerInstanceArn = query.get('containerInstanceArn') ?? query.get('containerInstance') ?? '';
  if (containerInstanceArn === '') return undefined;
  const dockerVersion = query.get('dockerVersion') ?? undefined;
  return {
    cluster: query.get('clusterArn') ?? query.get('cluster') ?? '',
    containerInstanceArn,
    agentVersion: query.get('agentVersion') ?? undefined,
    agentHash: query.get('agentHash') ?? undefined,
    dockerVersion: dockerVersion?.startsWith(DOCKER_VERSION_PREFIX)
      ? dockerVersion.slice(DOCKER_VERSION_PREFIX.length)
      : dockerVersion,
    ...(query.has('gantryRun') && { run: query.get('gantryRun') ?? '' }),
    sendCredentials: query.get('sendCredentials') === 'true',
  };
}

/** `http` and `https` become `ws` and `wss`; a path prefix stays. */
function sessionUrl(endpoint: string, parameters: Readonly<Record<string, string>>): string {
  const base = new URL(endpoint.endsWith('/') ? `${endpoint}ws` : `${endpoint}/ws`);
  base.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  // Spaces must be %20: both sides of the signature decode `+` differently.
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${base.href}?${query.join('&')}`;
}
