import type { PlacementConstraint } from '../core/placement/placement-view.ts';
import type { ReadTx } from '../store/store.ts';
import { containerInstances, tasks } from './collections.ts';
import type { LaunchRequest } from './launch-task.ts';
import { memberExpression } from './member-expressions.ts';

/** What a refusal by a constraint says, in AWS's words. */
const REASONS = {
  memberOf: 'MemberOf placement constraint unsatisfied.',
  distinctInstance: 'DistinctInstance placement constraint unsatisfied.',
} as const;

/** The constraints of a launch: its definition's, then its own. `owner` is whose tasks are counted. (PLC-13) */
export function constraintsOf(
  tx: ReadTx,
  request: LaunchRequest,
  owner: string,
): readonly PlacementConstraint[] {
  const { definition, placementConstraints = [] } = request;
  const all = [...(definition.document.placementConstraints ?? []), ...placementConstraints];
  return all.map(({ type, expression = '' }) =>
    type === 'distinctInstance' ? distinctInstance(tx, owner) : memberOf(tx, request, expression),
  );
}

/** A host has none of the group's tasks that are to run: one that is stopping does not count. (PLC-13) */
function distinctInstance(tx: ReadTx, owner: string): PlacementConstraint {
  const isFree = (hostId: string): boolean =>
    tx.find(tasks, 'spread', `${owner} ${hostId}`).every(({ desiredStatus }) => desiredStatus === 'STOPPED');
  return {
    reason: REASONS.distinctInstance,
    dependsOnTasks: true,
    admits: ({ hostId }, placedCount) => placedCount === 0 && isFree(hostId),
  };
}

/** Tasks that the same call has placed on the host are of the request's group already. (PLC-13) */
function memberOf(tx: ReadTx, { group }: LaunchRequest, text: string): PlacementConstraint {
  const expression = memberExpression(text);
  return {
    reason: REASONS.memberOf,
    dependsOnTasks: expression.looksAtTasks,
    admits: ({ hostId }, placedCount) => {
      const host = tx.get(containerInstances, hostId);
      return host !== undefined && expression.isMetBy(tx, host, placedCount > 0 ? group : undefined);
    },
  };
}
