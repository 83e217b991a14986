import type { PlacementRefusal, RefusalReason } from '../placement/placement-view.ts';
import type { HostLack } from './explanation.ts';

const SENTENCES: Readonly<Record<RefusalReason, (refusal: PlacementRefusal) => string>> = {
  INACTIVE: () => 'takes no new tasks: it is DRAINING',
  AGENT: () => 'its agent is not connected',
  DAEMON: ({ missing }) => `its daemon ${missing} does not run there yet`,
  ATTRIBUTE: ({ missing, unable }) =>
    unable === undefined ? `it does not have the attribute ${missing}` : `it cannot do ${unable}`,
  LOCATION: ({ missing }) => `it is in ${missing}, where none of the subnets is`,
  'RESOURCE:CPU': ({ missingAmount }) => `${missingAmount} CPU units are missing`,
  'RESOURCE:MEMORY': ({ missingAmount }) => `${missingAmount} MiB of memory are missing`,
  'RESOURCE:PORTS': ({ missing }) => `its port ${missing} is taken`,
  'RESOURCE:GPU': ({ missingAmount }) => `${missingAmount} GPUs are missing`,
  'RESOURCE:ENI': () => 'no address is left in the subnets',
  CONSTRAINT: ({ missing }) => `${missing}`,
};

/** A refusal of placement in words. (EXP-2) */
export function hostLack(refusal: PlacementRefusal): HostLack {
  const { hostId: hostArn, reason, missing } = refusal;
  const isConstraint = reason === 'CONSTRAINT' && missing !== undefined;
  return { hostArn, reason: isConstraint ? missing : reason, lack: SENTENCES[reason](refusal) };
}
