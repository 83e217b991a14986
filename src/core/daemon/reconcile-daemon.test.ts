import { describe, expect, test } from 'vitest';
import type { Daemon, DaemonDeployment } from '../../domain/daemon.ts';
import { plusMs } from '../../lib/clock.ts';
import type { DaemonDecision, DaemonView } from './daemon-view.ts';
import { reconcileDaemon } from './reconcile-daemon.ts';
import { aDaemon, aDaemonDeployment, aDaemonTask, aDaemonView, NOW, wantedHosts } from './testing.ts';

const ofKind = <Kind extends DaemonDecision['kind']>(view: DaemonView, kind: Kind) =>
  reconcileDaemon(view).filter((each): each is Extract<DaemonDecision, { kind: Kind }> => each.kind === kind);
const deploymentChange = (view: DaemonView): Partial<DaemonDeployment> =>
  ofKind(view, 'change-deployment')[0]?.change ?? {};
const daemonChange = (view: DaemonView): Partial<Daemon> => ofKind(view, 'change-daemon')[0]?.change ?? {};

const ended = (at: number, change = {}) =>
  aDaemonTask({
    taskArn: `ended-${at}`,
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    startedAt: undefined,
    stoppedAt: NOW,
    stopCode: 'TaskFailedToStart',
    stoppedReason: 'CannotPullContainerError: no such image',
    ...change,
  });
const failures = (count: number) => Array.from({ length: count }, (_, at) => ended(at));

describe('reconcileDaemon', () => {
  test('[MDM-27] a deployment begins, and is successful when every host runs the revision', () => {
    const pending = aDaemonView({ deployment: aDaemonDeployment({ status: 'PENDING' }) });
    expect(deploymentChange(pending)).toEqual({
      status: 'IN_PROGRESS',
      startedAt: NOW,
      ignoredAlarmNames: [],
    });
    expect(reconcileDaemon(aDaemonView())).toEqual([{ kind: 'start-task', instanceArn: 'h1' }]);
    const done = aDaemonView({ tasks: [aDaemonTask()] });
    expect(deploymentChange(done)).toEqual({ status: 'SUCCESSFUL', finishedAt: NOW });
    expect(daemonChange(done)).toEqual({ lastDeployedRevisionArn: 'new' });
  });

  test('[MDM-27] without a host it is successful at once, and a settled daemon asks for nothing', () => {
    expect(deploymentChange(aDaemonView({ places: [] }))).toMatchObject({ status: 'SUCCESSFUL' });
    const settled = aDaemonView({
      tasks: [aDaemonTask()],
      deployment: aDaemonDeployment({ status: 'SUCCESSFUL' }),
    });
    expect(reconcileDaemon(settled)).toEqual([]);
  });

  test('[MDM-34] the first task of the revision that knows a digest decides, and tasks of others do not', () => {
    const running = (taskArn: string, imageDigest: string | undefined, daemonRevisionArn = 'new') =>
      aDaemonTask({
        taskArn,
        daemonRevisionArn,
        containers: [{ image: 'agent:1', imageDigest, essential: true }],
      });
    const pinned = (view: Partial<DaemonView>) => ofKind(aDaemonView(view), 'pin-images');
    const [one, two] = [running('one', 'sha256:1'), running('two', 'sha256:2')];
    expect(pinned({ tasks: [running('none', undefined), one, two] })).toEqual([
      { kind: 'pin-images', imageDigests: { 'agent:1': 'sha256:1' } },
    ]);
    expect(pinned({ tasks: [two], imageDigests: { 'agent:1': 'sha256:1' } })).toEqual([]);
    expect(pinned({ tasks: [running('old', 'sha256:0', 'old')] })).toEqual([]);
  });

  test('[MDM-28] bakes before it is successful', () => {
    const deploymentConfiguration = { drainPercent: 25, bakeTimeInMinutes: 2 };
    const deployment = aDaemonDeployment({ deploymentConfiguration });
    const bakeUntil = plusMs(NOW, 120_000);
    const view = aDaemonView({ tasks: [aDaemonTask()], deployment });
    expect(reconcileDaemon(view)).toEqual([
      { kind: 'change-deployment', change: { bakeUntil } },
      { kind: 'wake-at', at: bakeUntil },
    ]);
    const baking = { ...view, deployment: { ...deployment, bakeUntil } };
    expect(reconcileDaemon(baking)).toEqual([{ kind: 'wake-at', at: bakeUntil }]);
    expect(deploymentChange({ ...baking, now: bakeUntil })).toMatchObject({ status: 'SUCCESSFUL' });
  });

  test('[MDM-25] a failed start is counted once, and its host pauses', () => {
    const [task] = failures(1);
    const view = aDaemonView({ endedTasks: failures(1) });
    expect(ofKind(view, 'count-task')).toEqual([{ kind: 'count-task', taskArn: task?.taskArn }]);
    expect(deploymentChange(view)).toEqual({ failureCount: 1 });
    expect(daemonChange(view).setbacks).toEqual({
      h1: {
        failureType: 'TASK_FAILED_TO_RUN',
        reason: 'Task failed to reach RUNNING status: CannotPullContainerError: no such image',
        taskArn: 'ended-0',
        failureCount: 1,
        at: NOW,
        retryAt: plusMs(NOW, 1000),
      },
    });
    expect(ofKind(view, 'start-task')).toEqual([]);
    expect(ofKind(view, 'wake-at')).toEqual([{ kind: 'wake-at', at: plusMs(NOW, 1000) }]);
  });

  test.each([
    ['a wish of its users', { stopCode: 'UserInitiated' }, 0],
    ['a replacement', { stopCode: 'ServiceSchedulerInitiated', stoppedReason: 'x' }, 0],
    [
      'failed health checks',
      { stopCode: 'ServiceSchedulerInitiated', stoppedReason: 'Task failed container health checks' },
      1,
    ],
    ['an exit', { stopCode: 'EssentialContainerExited', startedAt: NOW }, 1],
    ['another revision', { daemonRevisionArn: 'old' }, 0],
  ])('[MDM-25] %s counts as so many failures', (_, change, count) => {
    const view = aDaemonView({ endedTasks: [ended(0, change)] });
    expect(deploymentChange(view).failureCount ?? 0).toBe(count);
    expect(ofKind(view, 'count-task')).toHaveLength(1);
  });

  test('[MDM-25] a task that ran for a minute ends the run of failures', () => {
    const setback = {
      failureType: 'TASK_FAILED_TO_RUN',
      reason: '',
      failureCount: 7,
      at: NOW,
      retryAt: NOW,
    } as const;
    const daemon = aDaemon({ setbacks: { h1: setback } });
    const setbackOf = (startedAt: typeof NOW) =>
      daemonChange(aDaemonView({ daemon, endedTasks: [ended(0, { startedAt })] })).setbacks?.['h1'];
    expect(setbackOf(plusMs(NOW, -60_000))?.failureCount).toBe(1);
    expect(setbackOf(plusMs(NOW, -59_999))?.failureCount).toBe(8);
  });

  test.each([
    [2, 'IN_PROGRESS'],
    [3, 'ROLLBACK_IN_PROGRESS'],
  ])('[MDM-26] %i failures of a threshold of 3: %s', (count, status) => {
    const daemon = aDaemon({ lastDeployedRevisionArn: 'old' });
    const view = aDaemonView({ daemon, endedTasks: failures(count) });
    expect(deploymentChange(view).status ?? 'IN_PROGRESS').toBe(status);
  });

  test('[MDM-26] a rollback goes to what was deployed last, and starts nothing of what failed', () => {
    const view = aDaemonView({
      daemon: aDaemon({ lastDeployedRevisionArn: 'old' }),
      places: wantedHosts('h1', 'h2'),
      endedTasks: failures(3),
    });
    const reason = 'Daemon deployment rolled back because the circuit breaker threshold was exceeded.';
    expect(deploymentChange(view)).toEqual({
      failureCount: 3,
      failureCause: 'circuit-breaker',
      status: 'ROLLBACK_IN_PROGRESS',
      statusReason: reason,
      stoppedAt: NOW,
      rollback: { reason, startedAt: NOW, rollbackTargetDaemonRevisionArn: 'old' },
    });
    expect(daemonChange(view)).toEqual({ targetRevisionArn: 'old', setbacks: {} });
    expect(ofKind(view, 'start-task')).toEqual([]);
    expect(ofKind(view, 'wake-at')).toEqual([{ kind: 'wake-at', at: NOW }]);
  });

  test('[MDM-26] without anything to go back to it stops where it is', () => {
    expect(deploymentChange(aDaemonView({ endedTasks: failures(3) }))).toMatchObject({
      status: 'STOPPED',
      stoppedAt: NOW,
      finishedAt: NOW,
      statusReason: 'Daemon deployment stopped because the circuit breaker threshold was exceeded.',
    });
  });

  test('[MDM-26] a rollback ends well, or fails with too many failures', () => {
    const deployment = aDaemonDeployment({ status: 'ROLLBACK_IN_PROGRESS' });
    const good = aDaemonView({ deployment, tasks: [aDaemonTask()] });
    expect(deploymentChange(good)).toEqual({ status: 'ROLLBACK_SUCCESSFUL', finishedAt: NOW });
    const bad = aDaemonView({ deployment, endedTasks: failures(3) });
    expect(deploymentChange(bad)).toMatchObject({ status: 'ROLLBACK_FAILED', rollbackFailureCount: 3 });
  });

  test('[MDM-28] an alarm fails it, unless it was raised at the beginning', () => {
    const daemon = aDaemon({ lastDeployedRevisionArn: 'old' });
    const raised = aDaemonView({ daemon, raisedAlarms: ['errors'] });
    expect(deploymentChange(raised)).toMatchObject({
      status: 'ROLLBACK_IN_PROGRESS',
      failureCause: 'alarm',
      triggeredAlarmNames: ['errors'],
    });
    const pending = { ...raised, deployment: aDaemonDeployment({ status: 'PENDING' as const }) };
    expect(deploymentChange(pending)).toMatchObject({ ignoredAlarmNames: ['errors'] });
    const ignored = { ...raised, deployment: aDaemonDeployment({ ignoredAlarmNames: ['errors'] }) };
    expect(deploymentChange(ignored)).toEqual({});
  });

  test('[MDM-29] a deletion ends with the last task, and the daemon with it', () => {
    const daemon = aDaemon({ status: 'DELETE_IN_PROGRESS' });
    const deployment = aDaemonDeployment({ isDeletion: true });
    const going = aDaemonView({ daemon, deployment, tasks: [aDaemonTask()] });
    expect(deploymentChange(going)).toEqual({});
    const gone = { ...going, tasks: [] };
    expect(deploymentChange(gone)).toEqual({ status: 'SUCCESSFUL', finishedAt: NOW });
    expect(daemonChange(gone)).toEqual({ status: 'DELETED', deletedAt: NOW });
  });
});
