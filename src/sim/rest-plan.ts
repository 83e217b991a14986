import type { Scenario, ServicePlan } from './scenario.ts';
import { type PlannedService, percentsOf, plannedServices } from './service-requests.ts';
import { colorOf, hostCountOf, isPoolHost } from './set-up.ts';

/** What is asked for in the end, so that it must come about whatever the hosts hold of other services. */
export interface RestGoal extends PlannedService {
  /** Of a DAEMON service: how many hosts are to have a task. */
  readonly desiredCount: number;
  readonly percents: { readonly maximumPercent: number; readonly minimumHealthyPercent: number };
}

/** What every service is asked for when the faults have ended. (SIM-20) */
export function restGoals(scenario: Scenario): readonly RestGoal[] {
  const planned = plannedServices(scenario);
  const [first] = planned;
  if (planned.length === 1 && first !== undefined) return [aloneGoal(scenario, first)];
  let goals = planned.map((each) => goalOf(scenario, each, startingCount(scenario, each)));
  for (;;) {
    const tight = goals.filter((goal) => goal.plan.kind !== 'DAEMON' && !fits(scenario, goals, goal));
    if (tight.length === 0) return goals;
    const largest = Math.max(...tight.map(({ desiredCount }) => desiredCount));
    goals = goals.map((goal) =>
      tight.includes(goal) && goal.desiredCount === largest ? goalOf(scenario, goal, largest - 1) : goal,
    );
  }
}

/** How many tasks fit on the hosts that a service may use, were it alone. */
export const placeCount = (scenario: Scenario, plan: ServicePlan): number =>
  hostCount(scenario, plan) * (isOneEach(plan) ? 1 : scenario.tasksPerHost);

/** Whether a whole deployment is possible at all within the bounds and the room on the hosts. */
export function couldRoll(
  { maximumPercent, minimumHealthyPercent }: RestGoal['percents'],
  desiredCount: number,
  places: number,
): boolean {
  const hasRoomAbove =
    Math.floor((desiredCount * maximumPercent) / 100) > desiredCount && places > desiredCount;
  const hasRoomBelow = Math.ceil((desiredCount * minimumHealthyPercent) / 100) < desiredCount;
  return hasRoomAbove || hasRoomBelow;
}

const isOneEach = ({ capacity, holdsPort, placement, kind }: ServicePlan): boolean =>
  capacity === 'EC2' && (holdsPort || kind === 'DAEMON' || placement === 'distinct');

/** The hosts that a service may use. */
function hostCount(scenario: Scenario, { capacity, placement }: ServicePlan): number {
  const indexes = Array.from({ length: hostCountOf(scenario) }, (_, index) => index);
  const isBlue = (index: number): boolean => colorOf(index) === 'blue';
  return indexes.filter((index) =>
    capacity === 'EC2'
      ? !isPoolHost(scenario, index) && (placement !== 'blue' || isBlue(index))
      : isPoolHost(scenario, index),
  ).length;
}

const startingCount = (scenario: Scenario, { plan }: PlannedService): number =>
  plan.kind === 'DAEMON' ? hostCount(scenario, plan) : plan.desiredCount;

function aloneGoal(scenario: Scenario, planned: PlannedService): RestGoal {
  const { plan } = planned;
  const places = placeCount(scenario, plan);
  const most = Math.max(1, Math.floor(places / 2));
  return goalOf(scenario, planned, plan.kind === 'DAEMON' ? places : Math.min(plan.desiredCount, most));
}

/** The service's own percentages, unless they allow no deployment. */
function goalOf(scenario: Scenario, { name, plan }: PlannedService, desiredCount: number): RestGoal {
  const own = percentsOf(plan, plan);
  const isPossible =
    plan.kind === 'DAEMON' ? false : couldRoll(own, desiredCount, placeCount(scenario, plan));
  const loose = percentsOf(plan, { maximumPercent: 200, minimumHealthyPercent: 0 });
  return { name, plan, desiredCount, percents: isPossible ? own : loose };
}

/** The most tasks that a service has at once on its way there. */
const mostOf = ({ desiredCount, percents, plan }: RestGoal): number =>
  plan.kind === 'DAEMON'
    ? desiredCount
    : Math.max(desiredCount * 2, Math.floor((desiredCount * percents.maximumPercent) / 100));

/** Whether a service finds room however badly the tasks of all others lie. */
function fits(scenario: Scenario, goals: readonly RestGoal[], goal: RestGoal): boolean {
  if (goal.desiredCount <= 0) return true;
  const isOnEc2 = goal.plan.capacity === 'EC2';
  const rivals = goals.filter((other) => other !== goal && (other.plan.capacity === 'EC2') === isOnEc2);
  const isDaemon = ({ plan }: RestGoal): boolean => plan.kind === 'DAEMON';
  const perHost = scenario.tasksPerHost - rivals.filter(isDaemon).length;
  const held = rivals.filter((other) => !isDaemon(other)).reduce((sum, other) => sum + mostOf(other), 0);
  const hosts = hostCount(scenario, goal.plan);
  if (!isOneEach(goal.plan)) return held + mostOf(goal) <= hosts * perHost;
  const withPort = rivals.filter(({ plan }) => plan.holdsPort && goal.plan.holdsPort);
  const taken =
    withPort.reduce((sum, other) => sum + mostOf(other), 0) + Math.floor(held / Math.max(1, perHost));
  return mostOf(goal) <= hosts - taken;
}
