import type { ServiceTask } from './service-view.ts';
import type { StopCandidate } from './stop-order.ts';
import { TASK_CLASSES, type TaskClass } from './task-class.ts';
import type { TaskGroup } from './task-groups.ts';

/** A task to stop: because it is one too many, or because its health checks failed. */
export interface StopPlan {
  readonly task: ServiceTask;
  readonly cause: 'surplus' | 'unhealthy';
}

type LiveClass = (typeof TASK_CLASSES)[number];

/** What a plan has to keep to. */
interface BudgetTerms {
  readonly floor: number;
  readonly room: number;
  /** Puts candidates in the order in which they are given up. */
  readonly order: (candidates: readonly StopCandidate[]) => readonly StopCandidate[];
  /** True for tasks that the floor counts. */
  readonly isServing: (task: ServiceTask) => boolean;
  readonly isProtected: (task: ServiceTask) => boolean;
}

/**
 * The working state of one plan: what may still be started and stopped, and what has been given up so far. Lives for one
 * call of `planRollout`. Every stop goes through it, so the floor is kept in one place. (DEP-1)
 */
export class RolloutBudget {
  readonly wants = new Map<string, number>();
  readonly stops: StopPlan[] = [];
  readonly floor: number;
  /** How many more tasks may be started; below 0 after the service was made smaller. */
  room: number;
  /** Healthy tasks that are to stay, those on hosts that are DRAINING included. */
  healthy: number;
  /** Tasks that would have been stopped, were they not protected. */
  readonly spared = new Set<ServiceTask>();
  readonly #isProtected: (task: ServiceTask) => boolean;
  readonly #stopping: number;
  readonly #order: BudgetTerms['order'];
  readonly #isServing: BudgetTerms['isServing'];
  readonly #left = new Map<string, TaskGroup>();

  constructor(groups: readonly TaskGroup[], { floor, room, order, isServing, isProtected }: BudgetTerms) {
    this.#isProtected = isProtected;
    this.floor = floor;
    this.room = room;
    this.#order = order;
    this.#isServing = isServing;
    const serving = ({ byClass }: TaskGroup): number =>
      byClass.healthy.length + byClass.draining.filter(isServing).length;
    this.healthy = groups.reduce((sum, group) => sum + serving(group), 0);
    this.#stopping = groups.reduce((sum, { byClass }) => sum + byClass.stopping.length, 0);
    for (const group of groups) this.#left.set(group.deployment.id, group);
  }

  want(group: TaskGroup): number {
    return this.wants.get(group.deployment.id) ?? 0;
  }

  lower(group: TaskGroup, count: number): void {
    this.wants.set(group.deployment.id, this.want(group) - count);
  }

  /** A group without the tasks that were given up. */
  kept(group: TaskGroup): TaskGroup {
    return this.#left.get(group.deployment.id) ?? group;
  }

  /** Tasks on their way out, those of this plan included. */
  stoppingCount(): number {
    return this.#stopping + this.stops.length;
  }

  /** Gives up to `count` tasks of `groups` up, and wants as many fewer of them. */
  giveUp(groups: readonly TaskGroup[], count: number, mayStop: (taskClass: LiveClass) => boolean): void {
    let left = count;
    if (left <= 0) return;
    const spared: ServiceTask[] = [];
    for (const candidate of this.#order(groups.flatMap((group) => this.#candidates(group)))) {
      if (left <= 0) return;
      if (!mayStop(candidate.taskClass) || !this.#stop(candidate, 'surplus', spared)) continue;
      left -= 1;
      const group = groups.find(({ age }) => age === candidate.age);
      if (group !== undefined) this.lower(group, Math.min(1, this.want(group)));
    }
    for (const task of spared.slice(0, left)) this.spared.add(task);
  }

  /** Stops up to `count` tasks that are too many, without wanting fewer. */
  stopSurplus(group: TaskGroup, count: number): void {
    let left = count;
    const spared: ServiceTask[] = [];
    for (const candidate of this.#order(this.#candidates(group))) {
      if (left <= 0) return;
      if (!isToReplace(candidate) && this.#stop(candidate, 'surplus', spared)) left -= 1;
    }
    for (const task of spared.slice(0, left)) this.spared.add(task);
  }

  stopUnhealthy(group: TaskGroup, count: number, cause: StopPlan['cause']): void {
    const unhealthy = this.#candidates(group).filter(({ taskClass }) => taskClass === 'unhealthy');
    for (const candidate of this.#order(unhealthy).slice(0, Math.max(0, count))) this.#stop(candidate, cause);
  }

  /** Stops up to `count` tasks on hosts that are DRAINING, as far as the floor allows and those that serve last, without wanting fewer. (INS-11) */
  stopDraining(group: TaskGroup, count: number): void {
    let left = count;
    const draining = this.#candidates(group).filter(({ taskClass }) => taskClass === 'draining');
    const worth = ({ task }: StopCandidate): number =>
      this.#isServing(task) ? 2 : Number(task.lastStatus === 'RUNNING');
    const ordered = [...this.#order(draining)].sort((one, other) => worth(one) - worth(other));
    for (const candidate of ordered) {
      if (left <= 0) return;
      if (this.#stop(candidate, 'surplus')) left -= 1;
    }
  }

  #candidates(group: TaskGroup): readonly StopCandidate[] {
    const { byClass, age } = this.kept(group);
    return TASK_CLASSES.flatMap((taskClass) => byClass[taskClass].map((task) => ({ task, taskClass, age })));
  }

  /** False when the floor needs the task, or when it is protected, which `spared` notes. (DEP-1, PRT-1) */
  #stop({ task, taskClass }: StopCandidate, cause: StopPlan['cause'], spared: ServiceTask[] = []): boolean {
    const isCounted = taskClass === 'healthy' || (taskClass === 'draining' && this.#isServing(task));
    if (isCounted && this.healthy - 1 < this.floor) return false;
    if (cause === 'surplus' && this.#isProtected(task)) {
      spared.push(task);
      return false;
    }
    if (isCounted) this.healthy -= 1;
    this.stops.push({ task, cause });
    this.#remove(task, taskClass);
    return true;
  }

  #remove(task: ServiceTask, taskClass: TaskClass): void {
    const group = this.#left.get(task.deploymentId ?? '');
    if (group === undefined) return;
    const byClass = {
      ...group.byClass,
      [taskClass]: group.byClass[taskClass].filter((other) => other !== task),
    };
    this.#left.set(group.deployment.id, { ...group, byClass });
  }
}

const isToReplace = ({ taskClass }: StopCandidate): boolean =>
  taskClass === 'unhealthy' || taskClass === 'draining';
