import type { Instant } from '../../lib/clock.ts';
import { countFailures } from './count-failures.ts';
import type { DaemonDecision, DaemonView } from './daemon-view.ts';
import { followDeployment } from './follow-deployment.ts';
import { pinnedImages } from './pin-images.ts';
import { type HostPlan, planHosts } from './plan-hosts.ts';

/** Decides what brings a daemon nearer to what it wants. Nothing to do answers nothing, or when to look again. (MDM-20) */
export function reconcileDaemon(view: DaemonView): readonly DaemonDecision[] {
  const { setbacks, failureCount } = countFailures(view);
  const counted: DaemonView = { ...view, daemon: { ...view.daemon, setbacks } };
  const plan = planHosts(counted);
  const followed = followDeployment(counted, { isSettled: plan.isSettled, failureCount });
  const daemonChange = {
    ...(setbacks === view.daemon.setbacks ? {} : { setbacks }),
    ...followed.daemonChange,
  };
  // What was planned is for the old target; the next look plans for the new one.
  const isTurning = followed.daemonChange.targetRevisionArn !== undefined;
  const wakeAt = earlier(plan.retryAt, isTurning ? view.now : followed.wakeAt);
  const imageDigests = pinnedImages(view);
  return [
    ...(imageDigests === view.imageDigests ? [] : [{ kind: 'pin-images', imageDigests } as const]),
    ...view.endedTasks.map(({ taskArn }): DaemonDecision => ({ kind: 'count-task', taskArn })),
    ...changes('change-deployment', followed.change),
    ...changes('change-daemon', daemonChange),
    ...(isTurning ? [] : steps(plan)),
    ...(wakeAt === undefined ? [] : [{ kind: 'wake-at', at: wakeAt } as const]),
  ];
}

const steps = ({ starts, stops }: HostPlan): readonly DaemonDecision[] => [
  ...stops.map((stop): DaemonDecision => ({ kind: 'stop-task', ...stop })),
  ...starts.map((instanceArn): DaemonDecision => ({ kind: 'start-task', instanceArn })),
];

const changes = <Kind extends 'change-deployment' | 'change-daemon', Change extends object>(
  kind: Kind,
  change: Change,
) => (Object.keys(change).length === 0 ? [] : [{ kind, change }]);

const earlier = (one: Instant | undefined, other: Instant | undefined): Instant | undefined =>
  one === undefined || (other !== undefined && other < one) ? other : one;
