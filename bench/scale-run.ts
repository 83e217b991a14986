/** A process of its own, so that peak memory and CPU are those of what is measured. The simulated hosts are a thread of it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ClusterZones } from '../src/controllers/service-scheduler/cluster-zones.ts';
import { FoundHosts } from '../src/controllers/service-scheduler/found-hosts.ts';
import { reconcileServiceOnce } from '../src/controllers/service-scheduler/reconcile-service-once.ts';
import { DEFAULT_SCHEDULER_SETTINGS } from '../src/core/deployment/service-view.ts';
import { storedAlarms } from '../src/records/alarms.ts';
import {
  containerInstances,
  services,
  taskDefinitionFamilies,
  taskDefinitions,
  tasks,
} from '../src/records/collections.ts';
import { GarbageWatch } from './scale-garbage.ts';
import { connectHosts, type SimulatedHosts } from './scale-hosts.ts';
import { Meter } from './scale-meter.ts';
import { callPlane, type Plane, startPlane } from './scale-plane.ts';
import { type Reader, startReader } from './scale-reads.ts';
import { garbageRow, readsRow } from './scale-rows.ts';
import { BENCH_CLUSTER, BENCH_DEFINITION, CLUSTER, FAMILY, seedHosts, writeGround } from './seed.ts';
import { type BenchRow, printTable, rounded, verdict } from './table.ts';

const TASKS_PER_SERVICE = 100;
/** At 100,000 tasks there are 5,000 hosts, and room for half as many tasks again. */
const TASKS_A_HOST = 20;
const ROOM_A_HOST = 30;
/** Services that are added to measure one step at a time. */
const PROBE_SERVICE_COUNT = 5;
const LOOK_COUNT = 1_000;
const CALLS_UNDER_WAY = 8;
const WAIT_MAX_MS = 900_000;

async function run(taskCounts: readonly number[]): Promise<void> {
  const most = Math.max(...taskCounts);
  const dataDir = mkdtempSync(join(tmpdir(), 'gantry-bench-'));
  const plane = await startPlane(dataDir);
  const { store } = plane.shared;
  await writeGround(store);
  const hostCount = Math.ceil(most / TASKS_A_HOST);
  const hosts = connectHosts(
    plane,
    await seedHosts(store, { hostCount, isConnected: false, tasksPerHost: ROOM_A_HOST }),
  );
  const reader = startReader();
  const bench = new ScaleBench({ plane, hosts, reader, hostCount });
  try {
    await bench.measure(taskCounts.toSorted((one, other) => one - other));
  } finally {
    reader.stop();
    await hosts.stop();
    await plane.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface Parts {
  readonly plane: Plane;
  readonly hosts: SimulatedHosts;
  readonly reader: Reader;
  readonly hostCount: number;
}

class ScaleBench {
  readonly #parts: Parts;
  readonly #phases: BenchRow[] = [];
  readonly #reads: BenchRow[] = [];
  readonly #garbage: BenchRow[] = [];
  readonly #steps: BenchRow[] = [];
  readonly #watch = new GarbageWatch();
  #serviceCount = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async measure(taskCounts: readonly number[]): Promise<void> {
    const { hosts, hostCount } = this.#parts;
    await hosts.idle();
    await pause(500);
    let before = 0;
    for (const taskCount of taskCounts) {
      const serviceCount = Math.ceil(taskCount / TASKS_PER_SERVICE) - this.#serviceCount;
      const added = serviceCount * TASKS_PER_SERVICE;
      await this.#phase(`${rounded(before)} → ${rounded(before + added)} RUNNING`, added, () =>
        this.#start(serviceCount),
      );
      before += added;
      before += await this.#measureSteps(before);
    }
    await this.#phase(`rolling update of all ${rounded(before)}`, before, () => this.#updateAll());
    printTable(`Services of ${TASKS_PER_SERVICE} tasks on ${rounded(hostCount)} hosts`, this.#phases);
    printTable('Reads meanwhile', this.#reads);
    printTable('Garbage collection of the main thread meanwhile, ms', this.#garbage);
    printTable('CPU of one step, µs', this.#steps);
    this.#watch.stop();
  }

  /** Adds services and waits until all tasks of all services run. */
  async #start(serviceCount: number): Promise<void> {
    const first = this.#serviceCount;
    this.#serviceCount += serviceCount;
    const names = Array.from({ length: serviceCount }, (_, index) => `service-${first + index}`);
    await this.#callAll(
      names.map((serviceName) => ({
        operation: 'CreateService',
        input: {
          ...{ cluster: CLUSTER, serviceName, taskDefinition: FAMILY, launchType: 'EC2' },
          desiredCount: TASKS_PER_SERVICE,
        },
      })),
    );
    await this.#until(() => this.#countOf('RUNNING') >= this.#serviceCount * TASKS_PER_SERVICE);
    await this.#settled();
  }

  async #updateAll(): Promise<void> {
    const { store } = this.#parts.plane.shared;
    const arn = BENCH_DEFINITION.taskDefinitionArn.replace(/:1$/, ':2');
    const document = { ...BENCH_DEFINITION.document, taskDefinitionArn: arn, revision: 2 };
    await store.write((tx) => {
      tx.put(taskDefinitions, { ...BENCH_DEFINITION, taskDefinitionArn: arn, revision: 2, document });
      tx.put(taskDefinitionFamilies, { family: FAMILY, lastRevision: 2 });
    });
    await this.#callAll(
      Array.from({ length: this.#serviceCount }, (_, index) => ({
        operation: 'UpdateService',
        input: { cluster: CLUSTER, service: `service-${index}`, taskDefinition: `${FAMILY}:2` },
      })),
    );
    const isNew = (): boolean =>
      store.read((tx) => tx.count(tasks, 'definition', arn)) >= this.#serviceCount * TASKS_PER_SERVICE;
    await this.#until(isNew);
    await this.#settled();
  }

  /** One step at a time, each with what it wakes: placing while hosts are silent, their reports, looks that find nothing. */
  async #measureSteps(taskCount: number): Promise<number> {
    const { hosts } = this.#parts;
    const added = PROBE_SERVICE_COUNT * TASKS_PER_SERVICE;
    hosts.pause();
    const placing = await this.#cpuOf(async () => {
      const first = this.#serviceCount;
      this.#serviceCount += PROBE_SERVICE_COUNT;
      await this.#callAll(
        Array.from({ length: PROBE_SERVICE_COUNT }, (_, index) => ({
          operation: 'CreateService',
          input: {
            ...{ cluster: CLUSTER, serviceName: `service-${first + index}`, taskDefinition: FAMILY },
            ...{ launchType: 'EC2', desiredCount: TASKS_PER_SERVICE },
          },
        })),
      );
      await this.#until(() => this.#countOf('PENDING') >= added);
      await pause(300);
    });
    const reporting = await this.#cpuOf(async () => {
      hosts.resume();
      await this.#until(() => this.#countOf('PENDING') === 0);
      await this.#settled();
      await pause(300);
    });
    const looking = await this.#cpuOf(() => this.#look());
    this.#steps.push({
      'tasks present': rounded(taskCount),
      'a task placed and sent': rounded((placing * 1000) / added),
      'a report taken': rounded((reporting * 1000) / added),
      'a look at a service': rounded((looking * 1000) / LOOK_COUNT),
    });
    return added;
  }

  async #look(): Promise<void> {
    const { shared } = this.#parts.plane;
    const settings = { ...DEFAULT_SCHEDULER_SETTINGS, healthyAfterRunningMs: 0 };
    const found = new FoundHosts(shared.clock);
    const zones = new ClusterZones(shared.store.read((tx) => tx.all(containerInstances)));
    const arns = shared.store.read((tx) => tx.all(services).map(({ serviceArn }) => serviceArn));
    for (let count = 0; count < LOOK_COUNT; count += 1) {
      const arn = arns[(count * 7919) % arns.length] ?? '';
      const deps = { ...shared, settings, alarms: storedAlarms, zones, mayFind: () => true, found };
      await reconcileServiceOnce(deps, arn);
      if (count % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** CPU in ms of the control plane while `work` runs, without what it uses when nothing happens. */
  async #cpuOf(work: () => Promise<void>): Promise<number> {
    await this.#readSteadily();
    const idle = await Meter.start(this.#parts.hosts);
    await pause(1_500);
    const used = await idle.read();
    const idleShare = used.cpuMs / used.elapsedMs;
    const meter = await Meter.start(this.#parts.hosts);
    await work();
    const { cpuMs, elapsedMs } = await meter.read();
    return Math.max(0, cpuMs - idleShare * elapsedMs);
  }

  async #phase(what: string, taskCount: number, work: () => Promise<void>): Promise<void> {
    const { hosts, reader } = this.#parts;
    await this.#readSteadily();
    await reader.take();
    this.#watch.take();
    const reports = hosts.reportCount();
    const meter = await Meter.start(hosts);
    await work();
    const { elapsedMs, cpuMs, hostMs, mainShare } = await meter.read();
    this.#garbage.push(garbageRow(what, this.#watch.take()));
    this.#reads.push(readsRow(what, await reader.take()));
    const isWhole = taskCount >= 90_000 && !what.startsWith('rolling');
    this.#phases.push({
      what,
      seconds: rounded(elapsedMs / 1000, 1),
      target: isWhole ? verdict(elapsedMs / 1000, { atMost: 60 }) : '',
      'tasks/s': rounded((taskCount * 1000) / elapsedMs),
      'CPU, µs a task': rounded((cpuMs * 1000) / taskCount),
      'of hosts besides': rounded((hostMs * 1000) / taskCount),
      'main thread, % of a core': rounded(mainShare * 100),
      reports: rounded(hosts.reportCount() - reports),
      'resident with hosts, peak, MiB': rounded(peakMib()),
    });
  }

  /** Reads ask for services and tasks that are there now. */
  #readSteadily(): Promise<void> {
    const { plane, reader } = this.#parts;
    const cluster = CLUSTER;
    const some = plane.shared.store.read((tx) => tx.all(tasks, { limit: 500 }));
    return reader.ask(plane.target, [
      ...some.map(({ taskArn }) => ({ operation: 'DescribeTasks', input: { cluster, tasks: [taskArn] } })),
      { operation: 'ListTasks', input: { cluster, family: FAMILY, maxResults: 100 } },
      ...some.map((_, index) => ({
        operation: 'ListTasks',
        input: { cluster, serviceName: `service-${index % Math.max(1, this.#serviceCount)}` },
      })),
    ]);
  }

  async #callAll(calls: readonly { readonly operation: string; readonly input: object }[]): Promise<void> {
    const waiting = [...calls].reverse();
    const worker = async (): Promise<void> => {
      for (let call = waiting.pop(); call !== undefined; call = waiting.pop())
        await callPlane(this.#parts.plane, call);
    };
    await Promise.all(Array.from({ length: CALLS_UNDER_WAY }, worker));
  }

  #countOf(status: string): number {
    const { store } = this.#parts.plane.shared;
    return store.read((tx) => tx.count(tasks, 'live', `${BENCH_CLUSTER.clusterArn} ${status}`));
  }

  /** Every service has one deployment, which is complete, and nothing else runs. */
  async #settled(): Promise<void> {
    const { store } = this.#parts.plane.shared;
    await this.#until(
      () =>
        this.#countOf('RUNNING') === this.#serviceCount * TASKS_PER_SERVICE &&
        store.read((tx) =>
          tx
            .all(services)
            .every(
              ({ deployments: [only, ...others] }) =>
                others.length === 0 && only?.rolloutState === 'COMPLETED',
            ),
        ),
    );
  }

  async #until(isTrue: () => boolean): Promise<void> {
    const deadline = performance.now() + WAIT_MAX_MS;
    while (!isTrue()) {
      if (performance.now() > deadline) throw new Error('waited too long');
      await pause(20);
    }
  }
}

/** The most memory that this process has had at once. Linux only. */
function peakMib(): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

const { values } = parseArgs({ options: { tasks: { type: 'string', default: '100000' } } });
await run(values.tasks.split(',').map(Number));
