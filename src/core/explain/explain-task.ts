import type { ContainerInstance } from '../../domain/container-instance.ts';
import type { Task, TaskContainer } from '../../domain/task.ts';
import type { ContainerDefinition } from '../../shapes/generated/ecs.ts';
import { checkText } from './check-text.ts';
import type { Explanation, Wait } from './explanation.ts';

/** What an explanation of a task depends on. */
export interface TaskExplanationView {
  readonly task: Task;
  /** Undefined when it is not there any more. */
  readonly host: ContainerInstance | undefined;
  /** Of its definition, when that is there: what its containers wait for. */
  readonly definitions?: readonly ContainerDefinition[] | undefined;
}

/** Says why a task is where it is. (EXP-1, EXP-3) */
export function explainTask(view: TaskExplanationView): Explanation {
  const { task } = view;
  const waits = waitsOfTask(view);
  return {
    subject: `task ${task.taskId} in cluster ${task.clusterName}`,
    state: stateOf(task),
    facts: [...task.containers.flatMap(containerFacts), ...hostFacts(view)],
    waits,
    next: nextOf(task, waits),
  };
}

function stateOf(task: Task): string {
  const cause = `${task.stoppedReason ?? 'no reason given'} (${task.stopCode ?? 'no stop code'})`;
  if (task.lastStatus === 'STOPPED') {
    const how = task.startedAt === undefined ? 'It never ran' : 'It ran and has stopped';
    return `${how}: ${cause}.`;
  }
  return task.desiredStatus === 'STOPPED'
    ? `It is ${task.lastStatus} and was asked to stop: ${cause}.`
    : `It is ${task.lastStatus}.`;
}

/** What the task waits for now; nothing when it runs well or has stopped. (EXP-3) */
export function waitsOfTask(view: TaskExplanationView): readonly Wait[] {
  const { task, host } = view;
  if (task.lastStatus === 'STOPPED') return [];
  const isAway = host !== undefined && !host.agentConnected;
  const away: Wait = {
    waitsFor: 'its host, whose agent is not connected',
    since: host?.connectivityAt,
  };
  if (task.desiredStatus === 'STOPPED') {
    return isAway ? [away] : [{ waitsFor: 'its containers to end', since: task.stoppingAt }];
  }
  if (task.lastStatus === 'RUNNING') return healthWaits(task);
  return isAway ? [away] : [startWait(view)];
}

function startWait({ task, definitions = [] }: TaskExplanationView): Wait {
  if (task.lastStatus === 'PROVISIONING') {
    return { waitsFor: 'its network interface', since: task.createdAt };
  }
  if (task.sentAt === undefined) return { waitsFor: 'its host to be told of it', since: task.createdAt };
  if (task.pullStartedAt !== undefined && task.pullStoppedAt === undefined) {
    return { waitsFor: `its images: ${imagesOf(task)}`, since: task.pullStartedAt };
  }
  const order = orderOf(definitions);
  const thenOrder = order === '' ? '' : `; then its containers to start${order}`;
  return task.pullStoppedAt === undefined
    ? // A host that has all images says nothing more before its containers are up.
      { waitsFor: `its host to fetch its images: ${imagesOf(task)}${thenOrder}`, since: task.sentAt }
    : { waitsFor: `its containers to start${order}`, since: task.pullStoppedAt };
}

/** Which container waits for what of which other; hosts report the first start only when all are up. (LIF-16) */
function orderOf(definitions: readonly ContainerDefinition[]): string {
  const orders = definitions.flatMap(({ name, dependsOn = [] }) =>
    dependsOn.map(({ containerName, condition }) => `${name} after ${containerName} (${condition})`),
  );
  return orders.length === 0 ? '' : `: ${orders.join(', ')}`;
}

const imagesOf = ({ containers }: Task): string => containers.map(({ image }) => image).join(', ');

const healthWaits = (task: Task): readonly Wait[] =>
  task.containers
    .filter(({ essential, healthStatus }) => essential && healthStatus === 'UNKNOWN')
    .map(({ name }) => ({ waitsFor: `the health check of container ${name}`, since: task.startedAt }));

function containerFacts(container: TaskContainer): readonly string[] {
  const { name, lastStatus, exitCode, reason, healthStatus } = container;
  const facts: string[] = [];
  if (exitCode !== undefined) facts.push(`Container ${name} ended with exit code ${exitCode}.`);
  if (reason !== undefined && reason !== '') facts.push(`Container ${name}: ${reason}`);
  const isSick = lastStatus === 'RUNNING' && healthStatus === 'UNHEALTHY';
  if (isSick) facts.push(`Container ${name} fails its health check.`);
  return [...facts, ...checkFacts(container)];
}

/** What the last failed run of a health check said, also after the container's end. (LIF-5) */
function checkFacts({ name, healthChecks = [] }: TaskContainer): readonly string[] {
  const failed = healthChecks.findLast(({ exitCode }) => exitCode !== 0);
  return failed === undefined ? [] : [`The health check of container ${name} said: ${checkText(failed)}`];
}

function hostFacts({ task, host }: TaskExplanationView): readonly string[] {
  if (task.lastStatus === 'STOPPED' || task.instanceArn === undefined) return [];
  if (host === undefined) return ['Its host is gone.'];
  const facts = [`It is placed on ${host.containerInstanceArn}.`];
  if (host.status === 'DRAINING') facts.push('Its host is DRAINING.');
  if (host.turnedAwayAt !== undefined) {
    const at = new Date(host.turnedAwayAt).toISOString();
    facts.push(`A second agent with the identity of its host was turned away, the last time at ${at}.`);
  }
  if (!host.agentConnected && task.lastStatus === 'RUNNING') {
    facts.push('The agent of its host is not connected; its containers run on meanwhile.');
  }
  return facts;
}

function nextOf(task: Task, [first]: readonly Wait[]): string {
  if (task.lastStatus === 'STOPPED') {
    return task.serviceArn === undefined
      ? 'Nothing: a stopped task does not start again.'
      : 'Its service starts another when it needs one.';
  }
  if (first === undefined) return 'Nothing: it runs.';
  return task.desiredStatus === 'STOPPED' ? 'It becomes STOPPED.' : 'It goes on when that is there.';
}
