import { setTimeout as pause } from 'node:timers/promises';
import type { Task } from '../../shapes/generated/ecs.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { Settings } from '../settings.ts';
import type { RequestTarget } from '../signed-request.ts';
import { UsageError } from '../usage-error.ts';
import { callEcs, subnetIds } from './api-client.ts';
import { makeSampleImage } from './sample-image.ts';

const CLUSTER = 'default';
const SERVICE = 'hello';
const FAMILY = 'hello';
/** Longer than a first start on a slow machine needs. */
const WAIT_MS = 100_000;

/** Runs the sample web service unless it is there already, and says where it answers. */
export async function runSample(
  settings: Settings,
  plane: ControlPlane,
  say: (text: string) => void,
): Promise<void> {
  if (settings.runtime === 'simulated') return;
  const target = { endpointUrl: plane.endpointUrl, region: settings.region, credentials: plane.rootKey };
  if (!(await hasService(target))) await createSample(target, await makeSampleImage(settings.dataDir));
  const url = await answeringUrl(target);
  say(`the sample service ${SERVICE} answers at ${url}`);
}

async function hasService(target: RequestTarget): Promise<boolean> {
  const { clusters = [] } = await callEcs(target, 'DescribeClusters', { clusters: [CLUSTER] });
  if (clusters[0]?.status !== 'ACTIVE') return false;
  const { services = [] } = await callEcs(target, 'DescribeServices', {
    cluster: CLUSTER,
    services: [SERVICE],
  });
  return services.some((service) => service.status === 'ACTIVE');
}

async function createSample(target: RequestTarget, image: string): Promise<void> {
  await callEcs(target, 'CreateCluster', { clusterName: CLUSTER });
  await callEcs(target, 'RegisterTaskDefinition', {
    family: FAMILY,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'web', image, portMappings: [{ containerPort: 80 }], stopTimeout: 2 }],
  });
  await callEcs(target, 'CreateService', {
    cluster: CLUSTER,
    serviceName: SERVICE,
    taskDefinition: FAMILY,
    desiredCount: 1,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: await subnetIds(target) } },
  });
}

/** The address of a task of the service once it answers over HTTP. */
async function answeringUrl(target: RequestTarget): Promise<string> {
  const deadline = Date.now() + WAIT_MS;
  while (Date.now() < deadline) {
    for (const task of await tasksOf(target)) {
      const address = addressOf(task);
      if (address !== undefined && (await answers(`http://${address}/`))) return `http://${address}/`;
    }
    await pause(200);
  }
  throw new UsageError(
    `the sample service did not answer; aws ecs describe-services --services ${SERVICE} says why`,
  );
}

async function tasksOf(target: RequestTarget): Promise<readonly Task[]> {
  const { taskArns = [] } = await callEcs(target, 'ListTasks', { cluster: CLUSTER, serviceName: SERVICE });
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await callEcs(target, 'DescribeTasks', { cluster: CLUSTER, tasks: taskArns });
  return tasks.filter((task) => task.lastStatus === 'RUNNING');
}

function addressOf(task: Task): string | undefined {
  const details = task.attachments?.flatMap((attachment) => attachment.details ?? []) ?? [];
  return details.find((detail) => detail.name === 'privateIPv4Address')?.value;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}
