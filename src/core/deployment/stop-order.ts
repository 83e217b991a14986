import { strategiesOf } from '../placement/request-rules.ts';
import { inProviderOrder } from './provider-order.ts';
import type { ServiceTask, ServiceView } from './service-view.ts';
import { spreadOut } from './spread-out.ts';
import { inStrategyOrder } from './strategy-order.ts';
import { TASK_CLASSES } from './task-class.ts';

/** A task that may be given up. */
export interface StopCandidate {
  readonly task: ServiceTask;
  readonly taskClass: (typeof TASK_CLASSES)[number];
  /** Place of its deployment in the service's list: 0 is the newest. */
  readonly age: number;
}

/** What the order depends on besides the tasks. */
type StopView = Pick<ServiceView, 'service' | 'hosts'>;

/**
 * Puts candidates in the order in which they are given up: pending before running ones, those to be replaced before the
 * others, the oldest deployment first, then by its capacity providers in reverse, then by the service's placement strategies, which leave the rest as they would have
 * placed it: without a strategy from the zone and the host with most tasks, then by id. (DEP-5, DEP-14, DEP-15)
 */
export function inStopOrder(candidates: readonly StopCandidate[], view: StopView): readonly StopCandidate[] {
  const ordered: StopCandidate[] = [];
  const strategies = strategiesOf(view.service.placementStrategy, '');
  const isDefault = view.service.placementStrategy.length === 0;
  for (const peers of byRank(candidates)) {
    const placed = isDefault ? spreadOut(peers) : inStrategyOrder(peers, strategies, view.hosts);
    const [first] = peers;
    const { capacityProviderStrategy = [] } = view.service.deployments[first?.age ?? 0]?.spec ?? {};
    ordered.push(
      ...(capacityProviderStrategy.length > 1 ? inProviderOrder(placed, capacityProviderStrategy) : placed),
    );
  }
  return ordered;
}

const rank = ({ taskClass, age }: StopCandidate): number => TASK_CLASSES.indexOf(taskClass) * 1_000_000 - age;

/** Groups of equal rank, the first to go in front. */
function byRank(candidates: readonly StopCandidate[]): readonly (readonly StopCandidate[])[] {
  const groups = new Map<number, StopCandidate[]>();
  for (const candidate of candidates) {
    const group = groups.get(rank(candidate));
    if (group === undefined) groups.set(rank(candidate), [candidate]);
    else group.push(candidate);
  }
  return [...groups].sort(([one], [other]) => one - other).map(([, group]) => group);
}
