import type { ServiceDeploymentStatus } from '../../shapes/generated/ecs.ts';

/** From each status of a service deployment, those that may follow it. (SDP-3; AWS: service-deployment) */
const MOVES: Readonly<Record<ServiceDeploymentStatus, readonly ServiceDeploymentStatus[]>> = {
  PENDING: ['IN_PROGRESS', 'ROLLBACK_REQUESTED', 'STOP_REQUESTED', 'STOPPED'],
  IN_PROGRESS: ['SUCCESSFUL', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS', 'STOPPED'],
  STOP_REQUESTED: ['STOPPED'],
  ROLLBACK_REQUESTED: ['ROLLBACK_IN_PROGRESS', 'SUCCESSFUL', 'STOPPED'],
  ROLLBACK_IN_PROGRESS: ['ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'],
  SUCCESSFUL: [],
  STOPPED: [],
  ROLLBACK_SUCCESSFUL: [],
  ROLLBACK_FAILED: [],
};

/** True when a service deployment may go from one status to the other. (SDP-3) */
export const mayBecome = (from: ServiceDeploymentStatus, to: ServiceDeploymentStatus): boolean =>
  MOVES[from].includes(to);

/** True for a status that nothing follows: the deployment is over. (SDP-3) */
export const isTerminal = (status: ServiceDeploymentStatus): boolean => MOVES[status].length === 0;
