/** The thread of the simulated hosts: what they run, what they report, and their ends of the connections. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { decodeAcsCommand, encodeAcs } from '../src/link/acs-codec.ts';
import type { AcsReply, PayloadEntry } from '../src/link/acs-messages.ts';
import { decodeTcsAnswer, encodeTcsReport } from '../src/link/tcs-codec.ts';
import { TCS_TASKS_MAX_COUNT } from '../src/link/tcs-messages.ts';
import { randomIds } from '../src/platform/random-ids.ts';
import {
  acsSocket,
  commandedHost,
  HOW_IT_STANDS,
  type HostsStart,
  nothingToPlane,
  type Standing,
  type ToHosts,
  tcsSocket,
} from './scale-batches.ts';
import { type HostTask, metricsOf, runningReport, stoppedReport } from './scale-host-reports.ts';
import { signedCall } from './scale-signing.ts';

/** Every agent reports what its containers use this often. */
const METRICS_EVERY_MS = 20_000;
const METRICS_TICK_MS = 20;
/** Signed reports leave after this long, so that the control plane takes the first while the next are signed. */
const SIGNING_MAX_MS = 2;
/** Reports under way; agents wait for the answer before the next one. */
const REPORT_MAX_COUNT = 512;
/** What an engine gives to host ports that were left to it. */
const FIRST_PORT = 32_768;
const PORT_COUNT = 20_000;

interface Host {
  readonly index: number;
  readonly instanceArn: string;
  readonly tasks: Map<string, HostTask>;
  startedCount: number;
}

interface Report {
  readonly taskArn: string;
  /** Undefined when the task has stopped. */
  readonly running: HostTask | undefined;
}

class Hosts {
  readonly #port: MessagePort;
  readonly #start: HostsStart;
  readonly #hosts: readonly Host[];
  /** Reports that wait until fewer are under way, oldest first. */
  readonly #waiting: Report[] = [];
  /** By the number under which they are answered. */
  readonly #underWay = new Map<number, Report>();
  #lastReport = 0;
  #outbox = nothingToPlane();
  #isScheduled = false;

  constructor(port: MessagePort, start: HostsStart) {
    this.#port = port;
    this.#start = start;
    this.#hosts = start.instanceArns.map((instanceArn, index) => ({
      ...{ index, instanceArn, tasks: new Map() },
      startedCount: 0,
    }));
  }

  begin(): void {
    this.#port.on('message', (message: ToHosts | typeof HOW_IT_STANDS) => {
      if (message === HOW_IT_STANDS) this.#port.postMessage(this.#standing());
      else this.#read(message);
    });
    let next = 0;
    const share = Math.max(1, Math.round((this.#hosts.length * METRICS_TICK_MS) / METRICS_EVERY_MS));
    setInterval(() => {
      for (let count = 0; count < share; count += 1) {
        const host = this.#hosts[next % this.#hosts.length];
        next += 1;
        if (host !== undefined) this.#publishMetrics(host);
      }
      this.#turnSoon();
    }, METRICS_TICK_MS);
  }

  #standing(): Standing {
    const { user, system } = process.threadCpuUsage();
    const isIdle = this.#waiting.length === 0 && this.#underWay.size === 0 && !this.#isScheduled;
    return { cpuMs: (user + system) / 1000, isIdle };
  }

  #read({ sockets, texts, answered, statuses }: ToHosts): void {
    for (const [index, socket] of sockets.entries()) this.#receive(socket, texts[index] ?? '');
    for (const [index, number] of answered.entries()) {
      const report = this.#underWay.get(number);
      this.#underWay.delete(number);
      // A refused report is sent again, as agents do.
      if (report !== undefined && statuses[index] !== 200) this.#waiting.push(report);
    }
    this.#turnSoon();
  }

  #turnSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  /** Signs reports for a while, and posts all that there is. */
  #turn(): void {
    this.#isScheduled = false;
    const end = performance.now() + SIGNING_MAX_MS;
    while (this.#underWay.size < REPORT_MAX_COUNT && performance.now() < end) {
      const report = this.#waiting.shift();
      if (report === undefined) break;
      this.#send(report);
    }
    const { sockets, reports } = this.#outbox;
    if (sockets.length + reports.length > 0) this.#port.postMessage(this.#outbox);
    this.#outbox = nothingToPlane();
    if (this.#waiting.length > 0 && this.#underWay.size < REPORT_MAX_COUNT) this.#turnSoon();
  }

  #send(report: Report): void {
    const { target, cluster } = this.#start;
    const { taskArn: task, running } = report;
    const content = running === undefined ? stoppedReport : runningReport(running);
    const input = { cluster, task, attachments: [], ...content };
    this.#lastReport += 1;
    this.#underWay.set(this.#lastReport, report);
    this.#outbox.reports.push(this.#lastReport);
    this.#outbox.calls.push(
      JSON.stringify(signedCall(target, { operation: 'SubmitTaskStateChange', input })),
    );
  }

  #receive(socket: number, text: string): void {
    const host = this.#hosts[commandedHost(socket) ?? -1];
    if (host === undefined) decodeTcsAnswer(text);
    else this.#obey(host, text);
  }

  #obey(host: Host, text: string): void {
    const frame = decodeAcsCommand(text);
    switch (frame.type) {
      case 'PayloadMessage': {
        const { messageId, clusterArn: cluster, containerInstanceArn: containerInstance } = frame.message;
        this.#reply(host, { type: 'AckRequest', message: { messageId, cluster, containerInstance } });
        for (const entry of frame.message.tasks) this.#follow(host, entry);
        return;
      }
      case 'HeartbeatMessage': {
        const { messageId } = frame.message;
        this.#reply(host, { type: 'HeartbeatAckRequest', message: { messageId } });
      }
    }
  }

  #follow(host: Host, entry: PayloadEntry): void {
    if (entry.desiredStatus === 'STOPPED') {
      host.tasks.delete(entry.arn);
      this.#waiting.push({ taskArn: entry.arn, running: undefined });
      return;
    }
    // A payload that comes again is acknowledged and known already.
    if (!('containers' in entry) || host.tasks.has(entry.arn)) return;
    host.startedCount += 1;
    const running: HostTask = {
      taskArn: entry.arn,
      family: entry.family,
      version: entry.version,
      containerNames: entry.containers.map(({ name }) => name),
      hostPort: FIRST_PORT + (host.startedCount % PORT_COUNT),
    };
    host.tasks.set(entry.arn, running);
    this.#waiting.push({ taskArn: entry.arn, running });
  }

  #publishMetrics(host: Host): void {
    const { cluster } = this.#start;
    const metadata = { cluster, containerInstance: host.instanceArn, messageId: randomIds.uuid() };
    const tasks = [...host.tasks.values()];
    for (let from = 0; from === 0 || from < tasks.length; from += TCS_TASKS_MAX_COUNT) {
      const part = tasks.slice(from, from + TCS_TASKS_MAX_COUNT);
      const fin = from + TCS_TASKS_MAX_COUNT >= tasks.length;
      const message = {
        metadata: { ...metadata, fin, idle: tasks.length === 0 },
        timestamp: Date.now() / 1000,
        ...(tasks.length === 0 ? {} : { taskMetrics: part.map(metricsOf) }),
      };
      // The upgrade was signed; what stands before each frame is skipped by the control plane.
      const text = encodeTcsReport({ type: 'PublishMetricsRequest', message }, () => ({}));
      this.#outbox.sockets.push(tcsSocket(host.index));
      this.#outbox.texts.push(text);
    }
  }

  #reply(host: Host, reply: AcsReply): void {
    this.#outbox.sockets.push(acsSocket(host.index));
    this.#outbox.texts.push(encodeAcs(reply));
  }
}

if (parentPort !== null) new Hosts(parentPort, workerData as HostsStart).begin();
