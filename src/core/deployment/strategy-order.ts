import { attributeOf } from '../instance/attributes.ts';
import type { PlacementStrategy } from '../placement/placement-view.ts';
import type { ServiceHost, ServiceTask } from './service-view.ts';
import type { StopCandidate } from './stop-order.ts';

/** The tasks of one host that may still go, and what it would have left. */
interface HostStack {
  readonly hostArn: string;
  readonly host: ServiceHost | undefined;
  /** The next to go is the last. */
  readonly left: StopCandidate[];
  freeCpuUnits: number;
  freeMemoryMib: number;
}

/** How many tasks may still go under each value of what is spread over; undefined for other strategies. */
type Counters = readonly (Map<string, number> | undefined)[];

/**
 * Gives up one task after the other where the strategies, in their order, miss it least: `spread` where most tasks of these
 * are, `binpack` where most of the resource is left once it has gone, `random` anywhere: ids are random. (DEP-14; AWS:
 * task-placement-strategies)
 */
export function inStrategyOrder(
  peers: readonly StopCandidate[],
  strategies: readonly PlacementStrategy[],
  hosts: ReadonlyMap<string, ServiceHost>,
): readonly StopCandidate[] {
  const stacks = stacksOf(peers, hosts);
  const counters = countersOf(stacks, strategies);
  const ordered: StopCandidate[] = [];
  while (ordered.length < peers.length) {
    const best = bestStack(stacks, strategies, counters);
    const next = best?.left.pop();
    if (best === undefined || next === undefined) break;
    ordered.push(next);
    best.freeCpuUnits += next.task.reserved.cpuUnits;
    best.freeMemoryMib += next.task.reserved.memoryMib;
    for (const [level, counter] of counters.entries()) {
      const value = spreadValue(strategies[level], best);
      counter?.set(value, (counter.get(value) ?? 0) - 1);
    }
  }
  return ordered;
}

function stacksOf(
  peers: readonly StopCandidate[],
  hosts: ReadonlyMap<string, ServiceHost>,
): readonly HostStack[] {
  const byArn = [...peers].sort((one, other) => (one.task.taskArn > other.task.taskArn ? -1 : 1));
  const stacks = new Map<string, HostStack>();
  for (const candidate of byArn) {
    const hostArn = candidate.task.instanceArn ?? '';
    const stack = stacks.get(hostArn) ?? newStack(hostArn, hosts.get(hostArn));
    stack.left.push(candidate);
    stacks.set(hostArn, stack);
  }
  return [...stacks.values()];
}

const newStack = (hostArn: string, host: ServiceHost | undefined): HostStack => ({
  hostArn,
  host,
  left: [],
  freeCpuUnits: host === undefined ? 0 : host.registered.cpuUnits - host.reserved.cpuUnits,
  freeMemoryMib: host === undefined ? 0 : host.registered.memoryMib - host.reserved.memoryMib,
});

function countersOf(stacks: readonly HostStack[], strategies: readonly PlacementStrategy[]): Counters {
  return strategies.map((strategy) => {
    if (strategy.kind !== 'spread' && strategy.kind !== 'spread-hosts') return undefined;
    const counter = new Map<string, number>();
    for (const stack of stacks) {
      const value = spreadValue(strategy, stack);
      counter.set(value, (counter.get(value) ?? 0) + stack.left.length);
    }
    return counter;
  });
}

/** What a spread strategy counts the stack's tasks under. */
function spreadValue(strategy: PlacementStrategy | undefined, { hostArn, host }: HostStack): string {
  if (strategy?.kind !== 'spread') return hostArn;
  return attributeOf(host?.attributes ?? [], strategy.attribute) ?? '';
}

function bestStack(
  stacks: readonly HostStack[],
  strategies: readonly PlacementStrategy[],
  counters: Counters,
): HostStack | undefined {
  let best:
    | { readonly stack: HostStack; readonly scores: readonly number[]; readonly next: ServiceTask }
    | undefined;
  for (const stack of stacks) {
    const next = stack.left.at(-1)?.task;
    if (next === undefined) continue;
    const scores = strategies.map(
      (strategy, level) =>
        counters[level]?.get(spreadValue(strategy, stack)) ?? freeAfter(strategy, stack, next),
    );
    if (best === undefined || precedes({ scores, next }, best)) best = { stack, scores, next };
  }
  return best?.stack;
}

/** What the host has of the strategy's resource once the task has gone. */
function freeAfter(strategy: PlacementStrategy, stack: HostStack, { reserved }: ServiceTask): number {
  if (strategy.kind !== 'binpack') return 0;
  return strategy.resource === 'cpu'
    ? stack.freeCpuUnits + reserved.cpuUnits
    : stack.freeMemoryMib + reserved.memoryMib;
}

interface Ranked {
  readonly scores: readonly number[];
  readonly next: ServiceTask;
}

function precedes(one: Ranked, other: Ranked): boolean {
  const level = one.scores.findIndex((score, at) => score !== other.scores[at]);
  if (level >= 0) return (one.scores[level] ?? 0) > (other.scores[level] ?? 0);
  return one.next.taskArn < other.next.taskArn;
}
