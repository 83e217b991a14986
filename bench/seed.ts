import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as arn from '../src/domain/arn.ts';
import type { Cluster } from '../src/domain/cluster.ts';
import type { Task } from '../src/domain/task.ts';
import type { TaskDefinition } from '../src/domain/task-definition.ts';
import { instant } from '../src/lib/clock.ts';
import { dataFiles, prepareDataDir } from '../src/main/data-dir.ts';
import { randomIds } from '../src/platform/random-ids.ts';
import { clusters, taskDefinitionFamilies, taskDefinitions } from '../src/records/collections.ts';
import { createTask } from '../src/records/tasks.ts';
import { openStore } from '../src/store/create-store.ts';
import { openSqliteLog } from '../src/store/sqlite-log.ts';
import type { Store } from '../src/store/store.ts';

const SCOPE = { accountId: '000000000000', region: 'us-east-1' };
const NOW = instant(Date.parse('2026-01-01T00:00:00Z'));
/** Rows in one transaction while the state is prepared. */
const CHUNK_COUNT = 500;

export const CLUSTER = 'bench';
export const FAMILY = 'bench';

/** Makes a data directory whose store holds `taskCount` tasks in one cluster, and answers it with the tasks' ARNs. */
export async function seedTasks(
  taskCount: number,
): Promise<{ readonly dataDir: string; readonly arns: readonly string[] }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gantry-bench-'));
  prepareDataDir(dataDir);
  const store = await openStore({ log: await openSqliteLog(dataFiles(dataDir).store) });
  await store.write((tx) => {
    tx.put(clusters, benchCluster());
    tx.put(taskDefinitions, benchDefinition());
    tx.put(taskDefinitionFamilies, { family: FAMILY, lastRevision: 1 });
  });
  const arns = await writeTasks(store, taskCount);
  await store.close();
  return { dataDir, arns };
}

async function writeTasks(store: Store, taskCount: number): Promise<readonly string[]> {
  const arns: string[] = [];
  while (arns.length < taskCount) {
    const rows = Array.from({ length: Math.min(CHUNK_COUNT, taskCount - arns.length) }, benchTask);
    await store.write((tx) => {
      for (const row of rows) createTask(tx, row);
    });
    arns.push(...rows.map((row) => row.taskArn));
  }
  return arns;
}

function benchCluster(): Cluster {
  return {
    clusterArn: arn.clusterArn(SCOPE, CLUSTER),
    clusterName: CLUSTER,
    status: 'ACTIVE',
    createdAt: NOW,
    settings: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: [],
  };
}

/** A small bridge-mode definition, so that RunTask needs no network interface. */
function benchDefinition(): TaskDefinition {
  const taskDefinitionArn = arn.taskDefinitionArn(SCOPE, FAMILY, 1);
  return {
    taskDefinitionArn,
    family: FAMILY,
    revision: 1,
    status: 'ACTIVE',
    tags: [],
    document: {
      taskDefinitionArn,
      family: FAMILY,
      revision: 1,
      status: 'ACTIVE',
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      compatibilities: ['EC2', 'FARGATE'],
      requiresCompatibilities: ['FARGATE'],
      requiresAttributes: [],
      volumes: [],
      placementConstraints: [],
      containerDefinitions: [
        {
          name: 'web',
          image: 'bench:1',
          cpu: 0,
          essential: true,
          portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }],
          environment: [],
          mountPoints: [],
          volumesFrom: [],
          systemControls: [],
        },
      ],
    },
  };
}

function benchTask(): Task {
  const taskId = randomIds.hex(32);
  const taskArn = arn.taskArn(SCOPE, CLUSTER, taskId);
  return {
    taskArn,
    taskId,
    clusterArn: arn.clusterArn(SCOPE, CLUSTER),
    clusterName: CLUSTER,
    taskDefinitionArn: arn.taskDefinitionArn(SCOPE, FAMILY, 1),
    family: FAMILY,
    revision: 1,
    group: `family:${FAMILY}`,
    startedBy: 'bench',
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    availabilityZone: 'us-east-1a',
    cpu: '256',
    memory: '512',
    reserved: { cpuUnits: 256, memoryMib: 512, tcpPorts: [], udpPorts: [] },
    desiredStatus: 'RUNNING',
    lastStatus: 'RUNNING',
    containers: [
      {
        containerArn: arn.containerArn(SCOPE, CLUSTER, { taskId, uuid: randomIds.uuid() }),
        name: 'web',
        image: 'bench:1',
        essential: true,
        lastStatus: 'RUNNING',
        runtimeId: randomIds.hex(64),
        networkBindings: [],
        cpu: '0',
      },
    ],
    overrides: {},
    healthStatus: 'UNKNOWN',
    connectivity: 'CONNECTED',
    connectivityAt: NOW,
    createdAt: NOW,
    startedAt: NOW,
    enableExecuteCommand: false,
    ephemeralStorageGib: 20,
    tags: [],
    version: 1,
  };
}
