import { decodeAcsCommand, encodeAcs } from '../src/link/acs-codec.ts';
import type { PayloadEntry } from '../src/link/acs-messages.ts';
import { acsUrl, tcsUrl } from '../src/link/session-url.ts';
import type { Socket } from '../src/link/socket.ts';
import { decodeTcsAnswer, encodeTcsReport } from '../src/link/tcs-codec.ts';
import { type TaskMetrics, TCS_TASKS_MAX_COUNT } from '../src/link/tcs-messages.ts';
import { randomIds } from '../src/platform/random-ids.ts';
import { type Plane, signedRequest } from './scale-plane.ts';
import { CLUSTER } from './seed.ts';

/** Every agent reports what its containers use this often. */
const METRICS_EVERY_MS = 20_000;
const METRICS_TICK_MS = 20;
/** What hosts have to do waits while one turn has spent this long on it, as it would behind sockets. */
const TURN_MAX_MS = 2;
/** Reports under way; agents wait for the answer before the next one. */
const REPORT_MAX_COUNT = 512;
/** What an engine gives to host ports that were left to it. */
const FIRST_PORT = 32_768;
const PORT_COUNT = 20_000;

interface HostTask {
  readonly taskArn: string;
  readonly family: string;
  readonly version: string;
  readonly containerNames: readonly string[];
  readonly hostPort: number;
}

interface Host {
  readonly instanceArn: string;
  readonly acs: AgentEnd;
  readonly tcs: AgentEnd;
  readonly tasks: Map<string, HostTask>;
  startedCount: number;
}

/** The hosts' ends of their connections, in the same process, over the same codec as on a wire. */
export interface SimulatedHosts {
  /** CPU time, in ms, that the hosts themselves have used: decoding, encoding, signing. */
  ownMs(): number;
  reportCount(): number;
  /** What arrives from now on waits until `resume`. */
  pause(): void;
  resume(): void;
  /** Resolves when nothing waits to be done and no report is under way. */
  idle(): Promise<void>;
  stop(): void;
}

/** Connects a host for every instance; each does at once what it is asked for, and reports it. */
export function connectHosts(plane: Plane, instanceArns: readonly string[]): SimulatedHosts {
  const hosts = new Hosts(plane);
  for (const instanceArn of instanceArns) hosts.connect(instanceArn);
  hosts.begin();
  return hosts;
}

class Hosts implements SimulatedHosts {
  readonly #plane: Plane;
  readonly #hosts: Host[] = [];
  /** Frames that have arrived. They are cheap, and are read before anything else is done. */
  #frames: (() => void)[] = [];
  /** What else waits for its turn, oldest first. */
  #work: (() => void)[] = [];
  #held: (() => void)[] = [];
  #isPaused = false;
  #isScheduled = false;
  #ownMs = 0;
  #reportCount = 0;
  #underWay = 0;
  #waitingReports: (() => void)[] = [];
  #metrics: NodeJS.Timeout | undefined;

  constructor(plane: Plane) {
    this.#plane = plane;
  }

  ownMs(): number {
    return this.#ownMs;
  }

  reportCount(): number {
    return this.#reportCount;
  }

  connect(instanceArn: string): void {
    const query = { cluster: CLUSTER, containerInstanceArn: instanceArn, sendCredentials: true };
    const { endpointUrl } = this.#plane.target;
    const acs = new AgentEnd((work) => this.#arrive(work));
    const tcs = new AgentEnd((work) => this.#arrive(work));
    const host: Host = { instanceArn, acs, tcs, tasks: new Map(), startedCount: 0 };
    acs.onFrame = (text) => this.#receive(host, text);
    tcs.onFrame = (text) => void decodeTcsAnswer(text);
    for (const [end, url, admit] of [
      [acs, acsUrl(endpointUrl, query), (raw: string) => this.#plane.sessions.admitAcs(raw)],
      [tcs, tcsUrl(endpointUrl, query), (raw: string) => this.#plane.sessions.admitTcs(raw)],
    ] as const) {
      const admission = admit(url.slice(url.indexOf('?') + 1));
      if (admission.kind === 'refused') throw new Error(`a host was refused: ${admission.refusal.body}`);
      admission.attach(end.serverSocket);
    }
    this.#hosts.push(host);
  }

  begin(): void {
    let next = 0;
    const share = Math.max(1, Math.round((this.#hosts.length * METRICS_TICK_MS) / METRICS_EVERY_MS));
    this.#metrics = setInterval(() => {
      for (let count = 0; count < share; count += 1) {
        const host = this.#hosts[next % this.#hosts.length];
        next += 1;
        if (host !== undefined) this.#queue(() => this.#publishMetrics(host));
      }
    }, METRICS_TICK_MS);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const work of this.#held.splice(0)) this.#arrive(work);
  }

  async idle(): Promise<void> {
    while (this.#frames.length + this.#work.length + this.#underWay > 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  stop(): void {
    clearInterval(this.#metrics);
    this.#frames = [];
    this.#work = [];
    this.#held = [];
  }

  #arrive(frame: () => void): void {
    if (this.#isPaused) this.#held.push(frame);
    else {
      this.#frames.push(frame);
      this.#turnSoon();
    }
  }

  #queue(work: () => void): void {
    this.#work.push(work);
    this.#turnSoon();
  }

  #turnSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    for (const read of this.#frames.splice(0)) read();
    const begin = performance.now();
    let done = 0;
    for (const work of this.#work) {
      work();
      done += 1;
      if (performance.now() - begin > TURN_MAX_MS) break;
    }
    this.#work.splice(0, done);
    this.#isScheduled = false;
    if (this.#frames.length + this.#work.length > 0) this.#turnSoon();
  }

  /** Runs what is the host's work and not the control plane's. */
  #own<T>(work: () => T): T {
    const begin = process.threadCpuUsage();
    const result = work();
    const { user, system } = process.threadCpuUsage(begin);
    this.#ownMs += (user + system) / 1000;
    return result;
  }

  #receive(host: Host, text: string): void {
    const frame = this.#own(() => decodeAcsCommand(text));
    switch (frame.type) {
      case 'PayloadMessage': {
        const { messageId, clusterArn: cluster, containerInstanceArn: containerInstance } = frame.message;
        const ack = { messageId, cluster, containerInstance };
        host.acs.send(this.#own(() => encodeAcs({ type: 'AckRequest', message: ack })));
        for (const entry of frame.message.tasks) this.#follow(host, entry);
        return;
      }
      case 'HeartbeatMessage': {
        const { messageId } = frame.message;
        host.acs.send(this.#own(() => encodeAcs({ type: 'HeartbeatAckRequest', message: { messageId } })));
      }
    }
  }

  #follow(host: Host, entry: PayloadEntry): void {
    if (entry.desiredStatus === 'STOPPED') {
      host.tasks.delete(entry.arn);
      this.#report(entry.arn, () => ({ status: 'STOPPED', containers: [] }));
      return;
    }
    // A payload that comes again is acknowledged and known already.
    if (!('containers' in entry) || host.tasks.has(entry.arn)) return;
    host.startedCount += 1;
    const task: HostTask = {
      taskArn: entry.arn,
      family: entry.family,
      version: entry.version,
      containerNames: entry.containers.map(({ name }) => name),
      hostPort: FIRST_PORT + (host.startedCount % PORT_COUNT),
    };
    host.tasks.set(entry.arn, task);
    this.#report(entry.arn, () => runningReport(task));
  }

  #report(taskArn: string, content: () => object): void {
    const send = async (): Promise<void> => {
      const input = { cluster: CLUSTER, task: taskArn, attachments: [] };
      const call = () => ({ operation: 'SubmitTaskStateChange', input: { ...input, ...content() } });
      const request = this.#own(() => signedRequest(this.#plane.target, call()));
      const { status } = await this.#plane.dispatch(request);
      this.#underWay -= 1;
      // A refused report is sent again, as agents do.
      if (status === 200) this.#reportCount += 1;
      else this.#waitingReports.push(begin);
      this.#waitingReports.shift()?.();
    };
    const begin = (): void => {
      this.#underWay += 1;
      this.#queue(() => void send());
    };
    if (this.#underWay >= REPORT_MAX_COUNT) this.#waitingReports.push(begin);
    else begin();
  }

  #publishMetrics(host: Host): void {
    const metadata = { cluster: CLUSTER, containerInstance: host.instanceArn, messageId: randomIds.uuid() };
    const tasks = [...host.tasks.values()];
    for (let from = 0; from === 0 || from < tasks.length; from += TCS_TASKS_MAX_COUNT) {
      const part = tasks.slice(from, from + TCS_TASKS_MAX_COUNT);
      const fin = from + TCS_TASKS_MAX_COUNT >= tasks.length;
      const text = this.#own(() =>
        encodeTcsReport(
          {
            type: 'PublishMetricsRequest',
            message: {
              metadata: { ...metadata, fin, idle: tasks.length === 0 },
              timestamp: Date.now() / 1000,
              ...(tasks.length === 0 ? {} : { taskMetrics: part.map(metricsOf) }),
            },
          },
          // The upgrade was signed; what stands before each frame is skipped by the control plane.
          () => ({}),
        ),
      );
      host.tcs.send(text);
    }
  }
}

/** One end of a connection in memory; what the control plane sends waits for a turn of the hosts. */
class AgentEnd {
  onFrame: (text: string) => void = () => {};
  readonly serverSocket: Socket;
  #toServer: (text: string) => void = () => {};

  constructor(queue: (work: () => void) => void) {
    let closed = (_code: number, _reason: string): void => {};
    this.serverSocket = {
      send: (text) => queue(() => this.onFrame(text)),
      close: (code, reason) => closed(code, reason),
      onMessage: (listener) => {
        this.#toServer = listener;
      },
      onClose: (listener) => {
        closed = listener;
      },
    };
  }

  send(text: string): void {
    this.#toServer(text);
  }
}

const runningReport = ({ containerNames, hostPort }: HostTask): object => {
  const at = Date.now();
  return {
    status: 'RUNNING',
    pullStartedAt: at / 1000,
    pullStoppedAt: at / 1000,
    containers: containerNames.map((containerName) => ({
      containerName,
      status: 'RUNNING',
      runtimeId: randomIds.hex(64),
      imageDigest: `sha256:${'5d'.repeat(32)}`,
      networkBindings: [{ bindIP: '0.0.0.0', containerPort: 8080, hostPort, protocol: 'tcp' }],
    })),
  };
};

const metricsOf = ({ taskArn, family, version, containerNames }: HostTask): TaskMetrics => ({
  taskArn,
  taskDefinitionFamily: family,
  taskDefinitionVersion: version,
  containerMetrics: containerNames.map((containerName) => ({
    containerName,
    cpuStatsSet: { min: 0.5, max: 1.5, sampleCount: 10, sum: 10 },
    memoryStatsSet: { min: 20, max: 24, sampleCount: 10, sum: 220 },
    networkStatsSet: {
      rxBytes: { min: 0, max: 100, sampleCount: 10, sum: 500 },
      txBytes: { min: 0, max: 100, sampleCount: 10, sum: 500 },
    },
  })),
});
