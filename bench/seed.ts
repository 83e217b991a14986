import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as arn from '../src/domain/arn.ts';
import type { Cluster } from '../src/domain/cluster.ts';
import type { ContainerInstance } from '../src/domain/container-instance.ts';
import { NO_RESOURCES } from '../src/domain/resources.ts';
import type { Task } from '../src/domain/task.ts';
import type { TaskDefinition } from '../src/domain/task-definition.ts';
import { instant } from '../src/lib/clock.ts';
import { dataFiles, prepareDataDir } from '../src/main/data-dir.ts';
import { randomIds } from '../src/platform/random-ids.ts';
import {
  clusters,
  containerInstances,
  taskDefinitionFamilies,
  taskDefinitions,
  tasks,
} from '../src/records/collections.ts';
import type { PortMapping } from '../src/shapes/generated/ecs.ts';
import { openStore } from '../src/store/create-store.ts';
import { openSqliteLog } from '../src/store/sqlite-log.ts';
import type { Store } from '../src/store/store.ts';

export const SCOPE = { accountId: '000000000000', region: 'us-east-1' };
export const CLUSTER = 'bench';
export const FAMILY = 'bench';
/** A second cluster for tasks that are started while others are present. */
export const RUN_CLUSTER = 'run';
export const RUN_FAMILY = 'run';
export const TASKS_PER_HOST = 20;

const NOW = instant(Date.parse('2026-01-01T00:00:00Z'));
/** Rows in one transaction while the state is prepared. */
const CHUNK_COUNT = 500;
const TASK_CPU_UNITS = 256;
const TASK_MEMORY_MIB = 512;
const DIGEST = `sha256:${'5d'.repeat(32)}`;

/** A data directory with state in it. */
export interface Seeded {
  readonly dataDir: string;
  readonly taskArns: readonly string[];
}

/**
 * Makes a data directory whose store holds `taskCount` running tasks in one cluster, spread over hosts that are away.
 * A host of one's own cluster that is away keeps its tasks, so nothing happens to them while others are measured.
 */
export async function seedTasks(taskCount: number): Promise<Seeded> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gantry-bench-'));
  prepareDataDir(dataDir);
  const store = await openStore({ log: await openSqliteLog(dataFiles(dataDir).store) });
  await writeGround(store);
  const hosts = await seedHosts(store, {
    hostCount: Math.ceil(taskCount / TASKS_PER_HOST),
    isConnected: false,
  });
  const taskArns = await writeTasks(store, taskCount, hosts);
  await store.close();
  return { dataDir, taskArns };
}

/** Writes the cluster and the task definition. */
export async function writeGround(store: Store): Promise<void> {
  await store.write((tx) => {
    for (const cluster of [BENCH_CLUSTER, benchCluster(RUN_CLUSTER)]) tx.put(clusters, cluster);
    // One host takes all tasks of the second family, more than it has ports.
    const portless = benchDefinition(RUN_FAMILY, []);
    for (const definition of [BENCH_DEFINITION, portless]) {
      tx.put(taskDefinitions, definition);
      tx.put(taskDefinitionFamilies, { family: definition.family, lastRevision: 1 });
    }
  });
}

/** Writes hosts that have room for so many tasks each, and answers their ARNs. */
export async function seedHosts(
  store: Store,
  plan: { readonly hostCount: number; readonly isConnected: boolean; readonly tasksPerHost?: number },
): Promise<readonly string[]> {
  const { hostCount, tasksPerHost = TASKS_PER_HOST } = plan;
  const hosts = Array.from({ length: hostCount }, () => benchHost(plan.isConnected, tasksPerHost));
  for (let from = 0; from < hosts.length; from += CHUNK_COUNT) {
    await store.write((tx) => {
      for (const host of hosts.slice(from, from + CHUNK_COUNT)) tx.put(containerInstances, host);
    });
  }
  return hosts.map((host) => host.containerInstanceArn);
}

async function writeTasks(
  store: Store,
  taskCount: number,
  hosts: readonly string[],
): Promise<readonly string[]> {
  const taskArns: string[] = [];
  while (taskArns.length < taskCount) {
    const first = taskArns.length;
    const rows = Array.from({ length: Math.min(CHUNK_COUNT, taskCount - first) }, (_, index) =>
      benchTask(hosts[Math.floor((first + index) / TASKS_PER_HOST)] ?? '', (first + index) % TASKS_PER_HOST),
    );
    await store.write((tx) => {
      for (const row of rows) tx.put(tasks, row);
    });
    taskArns.push(...rows.map((row) => row.taskArn));
  }
  return taskArns;
}

const benchCluster = (clusterName: string): Cluster => ({
  clusterArn: arn.clusterArn(SCOPE, clusterName),
  clusterName,
  status: 'ACTIVE',
  createdAt: NOW,
  settings: [],
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
  tags: [],
});

export const BENCH_CLUSTER = benchCluster(CLUSTER);

/** A small definition in bridge mode. */
function benchDefinition(family: string, portMappings: readonly PortMapping[]): TaskDefinition {
  const taskDefinitionArn = arn.taskDefinitionArn(SCOPE, family, 1);
  return {
    taskDefinitionArn,
    family,
    revision: 1,
    status: 'ACTIVE',
    tags: [],
    document: {
      taskDefinitionArn,
      family,
      revision: 1,
      status: 'ACTIVE',
      networkMode: 'bridge',
      cpu: String(TASK_CPU_UNITS),
      memory: String(TASK_MEMORY_MIB),
      compatibilities: ['EC2'],
      requiresCompatibilities: ['EC2'],
      requiresAttributes: [],
      volumes: [],
      placementConstraints: [],
      containerDefinitions: [
        {
          name: 'web',
          image: 'bench:1',
          cpu: 0,
          essential: true,
          portMappings,
          environment: [],
          mountPoints: [],
          volumesFrom: [],
          systemControls: [],
        },
      ],
    },
  };
}

export const BENCH_DEFINITION = benchDefinition(FAMILY, [
  { containerPort: 8080, hostPort: 0, protocol: 'tcp' },
]);

function benchHost(isConnected: boolean, tasksPerHost: number): ContainerInstance {
  const instanceId = randomIds.hex(32);
  return {
    containerInstanceArn: arn.containerInstanceArn(SCOPE, CLUSTER, instanceId),
    instanceId,
    clusterArn: BENCH_CLUSTER.clusterArn,
    pool: 'CLUSTER',
    launchType: 'EC2',
    status: 'ACTIVE',
    agentConnected: isConnected,
    connectivityAt: NOW,
    agentVersion: '1.0.0',
    dockerVersion: 'simulated',
    attributes: [
      { name: 'ecs.cpu-architecture', value: 'x86_64' },
      { name: 'ecs.os-type', value: 'linux' },
      {
        name: 'ecs.availability-zone',
        value: `us-east-1${'abc'[Number.parseInt(instanceId[0] ?? '', 16) % 3]}`,
      },
    ],
    registered: {
      cpuUnits: TASK_CPU_UNITS * tasksPerHost,
      memoryMib: TASK_MEMORY_MIB * tasksPerHost,
      tcpPorts: [22],
      udpPorts: [],
    },
    reserved: NO_RESOURCES,
    registeredAt: NOW,
    version: 1,
    lastSequenceNumber: 0,
    tags: [],
  };
}

/** As long as a real row of a running task: digests, ids and time points are all there. */
function benchTask(instanceArn: string, slot: number): Task {
  const taskId = randomIds.hex(32);
  const taskArn = arn.taskArn(SCOPE, CLUSTER, taskId);
  const hostPort = 32768 + slot;
  return {
    taskArn,
    taskId,
    clusterArn: BENCH_CLUSTER.clusterArn,
    clusterName: CLUSTER,
    taskDefinitionArn: BENCH_DEFINITION.taskDefinitionArn,
    family: FAMILY,
    revision: 1,
    group: `family:${FAMILY}`,
    startedBy: 'bench',
    launchType: 'EC2',
    instanceArn,
    availabilityZone: 'us-east-1a',
    cpu: String(TASK_CPU_UNITS),
    memory: String(TASK_MEMORY_MIB),
    reserved: { cpuUnits: TASK_CPU_UNITS, memoryMib: TASK_MEMORY_MIB, tcpPorts: [hostPort], udpPorts: [] },
    desiredStatus: 'RUNNING',
    lastStatus: 'RUNNING',
    containers: [
      {
        containerArn: arn.containerArn(SCOPE, CLUSTER, { taskId, uuid: randomIds.uuid() }),
        name: 'web',
        image: 'bench:1',
        imageDigest: DIGEST,
        essential: true,
        lastStatus: 'RUNNING',
        runtimeId: randomIds.hex(64),
        networkBindings: [{ bindIP: '0.0.0.0', containerPort: 8080, hostPort, protocol: 'tcp' }],
        cpu: '0',
      },
    ],
    overrides: { containerOverrides: [{ name: 'web' }], inferenceAcceleratorOverrides: [] },
    healthStatus: 'UNKNOWN',
    connectivity: 'DISCONNECTED',
    connectivityAt: NOW,
    createdAt: NOW,
    pullStartedAt: NOW,
    pullStoppedAt: NOW,
    startedAt: NOW,
    enableExecuteCommand: false,
    sentAt: NOW,
    tags: [],
    version: 5,
  };
}
