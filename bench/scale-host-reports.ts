import type { TaskMetrics } from '../src/link/tcs-messages.ts';
import { randomIds } from '../src/platform/random-ids.ts';

/** What a simulated host knows of a task that it runs. */
export interface HostTask {
  readonly taskArn: string;
  readonly family: string;
  readonly version: string;
  readonly containerNames: readonly string[];
  readonly hostPort: number;
}

/** What a host says of a task when all its containers have started. */
export const runningReport = ({ containerNames, hostPort }: HostTask): object => {
  const at = Date.now();
  return {
    status: 'RUNNING',
    pullStartedAt: at / 1000,
    pullStoppedAt: at / 1000,
    containers: containerNames.map((containerName) => ({
      containerName,
      status: 'RUNNING',
      runtimeId: randomIds.hex(64),
      imageDigest: `sha256:${'5d'.repeat(32)}`,
      networkBindings: [{ bindIP: '0.0.0.0', containerPort: 8080, hostPort, protocol: 'tcp' }],
    })),
  };
};

/** What a host says of a task when none of its containers runs any more. */
export const stoppedReport = { status: 'STOPPED', containers: [] };

/** What a host says that a task has used: the same, always. */
export const metricsOf = ({ taskArn, family, version, containerNames }: HostTask): TaskMetrics => ({
  taskArn,
  taskDefinitionFamily: family,
  taskDefinitionVersion: version,
  containerMetrics: containerNames.map((containerName) => ({
    containerName,
    cpuStatsSet: { min: 0.5, max: 1.5, sampleCount: 10, sum: 10 },
    memoryStatsSet: { min: 20, max: 24, sampleCount: 10, sum: 220 },
    networkStatsSet: {
      rxBytes: { min: 0, max: 100, sampleCount: 10, sum: 500 },
      txBytes: { min: 0, max: 100, sampleCount: 10, sum: 500 },
    },
  })),
});
