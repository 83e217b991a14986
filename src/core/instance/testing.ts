import type { ContainerInstance } from '../../domain/container-instance.ts';
import { NO_RESOURCES } from '../../domain/resources.ts';
import { instant } from '../../lib/clock.ts';

/** For tests: a connected host of the FARGATE pool that offers nothing, unless told otherwise. */
export const aContainerInstance = (row: Partial<ContainerInstance> = {}): ContainerInstance => ({
  containerInstanceArn: `arn:aws:ecs:us-east-1:123456789012:container-instance/gantry-fargate-pool/${row.instanceId ?? '1'}`,
  instanceId: '1',
  clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/gantry-fargate-pool',
  pool: 'FARGATE',
  launchType: 'FARGATE',
  status: 'ACTIVE',
  agentConnected: true,
  connectivityAt: instant(0),
  attributes: [],
  registered: NO_RESOURCES,
  reserved: NO_RESOURCES,
  registeredAt: instant(0),
  version: 1,
  lastSequenceNumber: 0,
  tags: [],
  ...row,
});
