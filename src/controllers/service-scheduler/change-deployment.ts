import type { DeploymentChange } from '../../core/deployment/service-decision.ts';
import type { Deployment, Service } from '../../domain/service.ts';
import type { Instant } from '../../lib/clock.ts';
import type { Installation } from '../../lib/config.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import type { WriteTx } from '../../store/store.ts';
import type { FoundHosts } from './found-hosts.ts';
import type { Search } from './waiting-for-room.ts';

/** What applying a decision may use. Lives as long as its transaction. */
export interface ApplyDeps {
  readonly tx: WriteTx;
  readonly ids: Ids;
  readonly now: Instant;
  readonly log: Log;
  readonly installation: Installation;
  /** Whether hosts may be found for tasks of the service, or the search has just been in vain. */
  readonly mayFind: (search: Search) => boolean;
  /** Takes what hosts were searched for in vain. */
  readonly onVain: (search: Search) => void;
  readonly found: FoundHosts;
}

/** A deployment's row with a change, and when it was made. */
export function changeDeployment(
  { now }: Pick<ApplyDeps, 'now'>,
  service: Service,
  { deploymentId, change }: { readonly deploymentId: string; readonly change: DeploymentChange },
): Service {
  const apply = (each: Deployment): Deployment =>
    each.id === deploymentId ? { ...each, ...change, updatedAt: now } : each;
  return { ...service, deployments: service.deployments.map(apply) };
}
