import { randomUUID } from 'node:crypto';
import https from 'node:https';
import { WebSocket } from 'ws';
import { type SigningCredentials, signRequest } from '../../../src/link/sigv4-sign.ts';

/** A frame as it came. */
export interface Frame {
  readonly type: string;
  readonly message: Readonly<Record<string, unknown>>;
}

/** How an agent is started. */
export interface AmazonAgentOptions {
  readonly backendHost: string;
  readonly cluster: string;
  readonly region: string;
  readonly credentials: SigningCredentials;
  /** The roots that it trusts, PEM; the Go websocket client compares host and port with the certificate. */
  readonly ca?: string | undefined;
}

/** The answer to a call: its members, or the error's code and text. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * What the Amazon ECS agent 1.105.1 sends, in its order and with its quirks, and nothing else: no code of ours reads or
 * writes these messages on this side but the signature. What it is sent is held against what that agent takes.
 */
export class AmazonAgent {
  readonly #options: AmazonAgentOptions;
  containerInstanceArn = '';
  endpoint = '';
  telemetryEndpoint = '';

  constructor(options: AmazonAgentOptions) {
    this.#options = options;
  }

  /** Calls an operation of ECS as the agent's Go SDK does: awsJson 1.1, its user agent, its signed headers. */
  async call(operation: string, input: object): Promise<Answer> {
    const { backendHost, credentials, region, ca } = this.#options;
    const body = JSON.stringify(input);
    const { host: _host, ...headers } = signRequest({
      method: 'POST',
      url: `${backendHost}/`,
      headers: {
        'amz-sdk-invocation-id': randomUUID(),
        'amz-sdk-request': `attempt=1; max=${operation.startsWith('Submit') ? 298 : 3}`,
        'content-length': String(Buffer.byteLength(body)),
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
      },
      body,
      credentials,
      region,
      service: 'ecs',
      now: Date.now(),
    });
    const userAgent = 'Amazon ECS Agent - v1.105.1 (*a8b3e7d3) (linux; LINUX) (+http://aws.amazon.com/ecs/)';
    const sent = { ...headers, 'user-agent': userAgent };
    if (backendHost.startsWith('https:')) return secureCall(`${backendHost}/`, { headers: sent, body, ca });
    const response = await fetch(`${backendHost}/`, { method: 'POST', headers: sent, body });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  /** What external mode sends: no identity document, no version, a fresh token. */
  registration(more: object = {}): object {
    return {
      cluster: this.#options.cluster,
      clientToken: randomUUID(),
      instanceIdentityDocument: '',
      instanceIdentityDocumentSignature: '',
      totalResources: [
        { name: 'CPU', type: 'INTEGER', integerValue: 2048 },
        { name: 'MEMORY', type: 'INTEGER', integerValue: 3899 },
        { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22', '2375', '2376', '51678', '51679'] },
        { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
      ],
      attributes: [
        { name: 'com.amazonaws.ecs.capability.privileged-container' },
        { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.17' },
        { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18' },
        { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.19' },
        { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.21' },
        { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.24' },
        { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.25' },
        { name: 'com.amazonaws.ecs.capability.docker-remote-api.1.29' },
        { name: 'com.amazonaws.ecs.capability.logging-driver.json-file' },
        { name: 'com.amazonaws.ecs.capability.logging-driver.awslogs' },
        { name: 'com.amazonaws.ecs.capability.logging-driver.none' },
        { name: 'com.amazonaws.ecs.capability.task-iam-role' },
        { name: 'com.amazonaws.ecs.capability.task-iam-role-network-host' },
        { name: 'com.amazonaws.ecs.capability.ecr-auth' },
        { name: 'ecs.capability.execution-role-ecr-pull' },
        { name: 'ecs.capability.execution-role-awslogs' },
        { name: 'ecs.capability.container-health-check' },
        { name: 'ecs.capability.container-ordering' },
        { name: 'ecs.capability.external' },
        { name: 'ecs.os-type', value: 'linux' },
        { name: 'ecs.os-family', value: 'LINUX' },
        { name: 'ecs.cpu-architecture', value: 'x86_64' },
      ],
      ...more,
    };
  }

  /** Registers as it does at its start, and asks for its endpoints. */
  async start(more: object = {}): Promise<Answer> {
    const answer = await this.call('RegisterContainerInstance', this.registration(more));
    const instance = answer.body['containerInstance'] as { containerInstanceArn?: string } | undefined;
    if (instance === undefined) return answer;
    this.containerInstanceArn = instance.containerInstanceArn ?? '';
    const found = await this.call('DiscoverPollEndpoint', {
      cluster: this.#options.cluster,
      containerInstance: this.containerInstanceArn,
      zoneId: '',
    });
    this.endpoint = String(found.body['endpoint']);
    this.telemetryEndpoint = String(found.body['telemetryEndpoint']);
    return answer;
  }

  /** Opens the ACS websocket. `sendCredentials` is true on the first connection of a process alone. */
  openAcs(sendCredentials = true): Promise<AgentSocket> {
    return this.#open(this.endpoint, {
      agentHash: 'a8b3e7d3',
      agentVersion: '1.105.1',
      clusterArn: this.#options.cluster,
      containerInstanceArn: this.containerInstanceArn,
      dockerVersion: 'DockerVersion: 20.10.24+dfsg1',
      protocolVersion: '2',
      seqNum: '1',
      sendCredentials: String(sendCredentials),
    });
  }

  /** Opens the TCS websocket, whose parameters have other names. */
  openTcs(): Promise<AgentSocket> {
    return this.#open(this.telemetryEndpoint, {
      agentHash: 'a8b3e7d3',
      agentVersion: '1.105.1',
      cluster: this.#options.cluster,
      containerInstance: this.containerInstanceArn,
      dockerVersion: '20.10.24+dfsg1',
    });
  }

  /** A TCS frame: the headers of a signed GET line by line, an empty line, and the JSON. */
  telemetryFrame(type: string, message: object): string {
    const { credentials, region } = this.#options;
    const body = JSON.stringify({ type, message });
    const url = `${this.telemetryEndpoint}ws`;
    const signed = signRequest({
      method: 'GET',
      url,
      body,
      credentials,
      region,
      service: 'ecs',
      now: Date.now(),
    });
    const lines = [
      `Authorization: ${signed['authorization']}`,
      `Host: ${signed['host']}`,
      `X-Amz-Date: ${signed['x-amz-date']}`,
    ];
    return `${lines.join('\r\n')}\r\n\r\n${body}`;
  }

  #open(endpoint: string, query: Readonly<Record<string, string>>): Promise<AgentSocket> {
    const { credentials, region, ca } = this.#options;
    const text = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const url = `${endpoint}${endpoint.endsWith('/') ? '' : '/'}ws?${text.join('&')}`.replace(/^http/, 'ws');
    const { host, ...headers } = signRequest({
      method: 'GET',
      url,
      credentials,
      region,
      service: 'ecs',
      now: Date.now(),
    });
    const tls = ca === undefined ? {} : { ca, checkServerIdentity: namesHostAndPort(host ?? '') };
    return new Promise((resolve, reject) => {
      const webSocket = new WebSocket(url, {
        headers: { ...headers, 'user-agent': 'Go-http-client/1.1' },
        perMessageDeflate: false,
        ...tls,
      });
      const socket = new AgentSocket(webSocket);
      webSocket.once('open', () => resolve(socket));
      webSocket.once('error', reject);
      webSocket.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () => reject(new Error(`${response.statusCode} ${body}`)));
      });
    });
  }
}

/** The Go client looks for `host:port` among the DNS names, literally. */
const namesHostAndPort =
  (authority: string) =>
  (_host: string, certificate: { readonly subjectaltname?: string }): Error | undefined =>
    certificate.subjectaltname?.split(', ').includes(`DNS:${authority}`) === true
      ? undefined
      : new Error(`x509: certificate is valid for ${certificate.subjectaltname}, not ${authority}`);

function secureCall(
  url: string,
  request: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly ca?: string | undefined;
  },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { headers, body, ca } = request;
    const outgoing = https.request(url, { method: 'POST', headers, ca, agent: false }, (incoming) => {
      let text = '';
      incoming.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** One websocket of the agent: what came, in order, and a wait for what is to come. */
export class AgentSocket {
  readonly frames: Frame[] = [];
  readonly closed: Promise<number>;
  readonly #webSocket: WebSocket;
  readonly #waiting = new Set<() => void>();

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    this.closed = new Promise((resolve) => webSocket.on('close', resolve));
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) throw new Error('the agent reads text frames');
      this.frames.push(JSON.parse(data.toString()) as Frame);
      for (const look of this.#waiting) look();
    });
  }

  send(type: string, message: object): void {
    this.#webSocket.send(JSON.stringify({ type, message }));
  }

  sendText(text: string): void {
    this.#webSocket.send(text);
  }

  /** The first frame of a type that meets a condition, now or later. */
  next(type: string, isSo: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const frame = this.frames.find((each) => each.type === type && isSo(each));
        if (frame === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(frame);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`no ${type}; there was ${JSON.stringify(this.frames.map((frame) => frame.type))}`));
      }, 15_000);
      this.#waiting.add(look);
      look();
    });
  }

  /** A process that ends just drops the connection. */
  drop(): void {
    this.#webSocket.terminate();
  }
}
