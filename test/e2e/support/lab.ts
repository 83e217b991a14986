import type { TestGantry } from '../../support/gantry.ts';
import { eventually } from '../../support/wait.ts';

interface TaskView {
  readonly taskArn: string;
  readonly lastStatus: string;
  readonly taskDefinitionArn: string;
  readonly startedAt?: string;
  readonly containers: readonly {
    readonly name: string;
    readonly runtimeId?: string;
    readonly imageDigest?: string;
  }[];
  readonly attachments: readonly {
    readonly details: readonly { readonly name: string; readonly value: string }[];
  }[];
}

export interface ServiceView {
  readonly status: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly taskDefinition: string;
  readonly deployments: readonly {
    readonly id: string;
    readonly status: string;
    readonly rolloutState: string;
    readonly rolloutStateReason: string;
    readonly taskDefinition: string;
  }[];
  readonly events: readonly { readonly message: string }[];
}

/** The tasks of a service or family in the cluster `lab` that should run. */
export async function runningTasks(lab: TestGantry, filter: readonly string[]): Promise<readonly TaskView[]> {
  const { taskArns } = await lab.awsJson<{ taskArns: readonly string[] }>([
    'ecs',
    'list-tasks',
    '--cluster',
    'lab',
    ...filter,
  ]);
  return taskArns.length === 0 ? [] : describeTasks(lab, taskArns);
}

export async function describeTasks(lab: TestGantry, arns: readonly string[]): Promise<readonly TaskView[]> {
  const answer = await lab.awsJson<{ tasks: readonly TaskView[] }>([
    'ecs',
    'describe-tasks',
    '--cluster',
    'lab',
    '--tasks',
    ...arns,
  ]);
  return answer.tasks;
}

export async function describeService(lab: TestGantry, name: string): Promise<ServiceView> {
  const { services } = await lab.awsJson<{ services: readonly ServiceView[] }>([
    'ecs',
    'describe-services',
    '--cluster',
    'lab',
    '--services',
    name,
  ]);
  const [service] = services;
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
}

/** The address of an awsvpc task, as its attachment tells it. */
export function addressOf(task: TaskView): string | undefined {
  return task.attachments
    .flatMap((attachment) => attachment.details)
    .find((detail) => detail.name === 'privateIPv4Address')?.value;
}

/**
 * What the web server at an address says; undefined when it does not answer within a second. An address that nobody has
 * may be routed to the machine's gateway, whose own refusal is no answer either.
 */
export async function answerAt(address: string): Promise<string | undefined> {
  try {
    const response = await fetch(`http://${address}/`, { signal: AbortSignal.timeout(1000) });
    return response.ok ? (await response.text()).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** The answers of all running tasks of a service. */
export async function answers(lab: TestGantry, service: string): Promise<readonly (string | undefined)[]> {
  const tasks = await runningTasks(lab, ['--service-name', service]);
  return Promise.all(tasks.map((task) => answerAt(addressOf(task) ?? '')));
}

/**
 * Watches how many of a service's tasks answer while something goes on. The answers are of every address that was
 * ever seen, so a task counts until it really stops answering.
 */
export function watchAnswers(lab: TestGantry, service: string): { stop(): Promise<readonly number[]> } {
  const addresses = new Set<string>();
  const counts: number[] = [];
  let isOver = false;
  const learn = async (): Promise<void> => {
    for (const task of await runningTasks(lab, ['--service-name', service])) {
      const address = addressOf(task);
      if (address !== undefined) addresses.add(address);
    }
  };
  const loop = (async () => {
    while (!isOver) {
      await learn();
      const seen = await Promise.all([...addresses].map(answerAt));
      counts.push(seen.filter((answer) => answer !== undefined).length);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await loop;
      return counts;
    },
  };
}

/** Waits until a service's description satisfies `isSo`. */
export function serviceWhere(
  lab: TestGantry,
  name: string,
  isSo: (service: ServiceView) => boolean,
): Promise<ServiceView> {
  return eventually(`service ${name}`, async () => {
    const service = await describeService(lab, name);
    return isSo(service) ? service : undefined;
  });
}
