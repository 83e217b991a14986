import type { LaunchType } from '../../domain/task.ts';
import type { PlacementRefusal } from '../placement/placement-view.ts';
import type { Explanation, Wait } from './explanation.ts';
import { hostLack } from './host-lack.ts';

/** What an explanation of a task that is not there depends on. */
export interface DefinitionExplanationView {
  /** `family:revision`. */
  readonly definition: string;
  readonly isActive: boolean;
  readonly clusterName: string;
  /** Of each launch type that the definition is compatible with. */
  readonly launches: readonly {
    readonly launchType: LaunchType;
    readonly hostCount: number;
    /** Why no host takes one more task; empty when one does, or when there is none. */
    readonly refusals: readonly PlacementRefusal[];
  }[];
}

/**
 * Says whether a task of a definition would find a host now and, if not, what each host lacks: what became of a RunTask
 * that found no room, of which no task is left to ask about. (EXP-7)
 */
export function explainDefinition(view: DefinitionExplanationView): Explanation {
  const { definition, clusterName, isActive } = view;
  const possible = view.launches.filter(({ hostCount, refusals }) => hostCount > 0 && refusals.length === 0);
  const facts = possible.map(
    ({ launchType }) => `A task of it would find a host for launch type ${launchType}.`,
  );
  const isPossible = isActive && possible.length > 0;
  return {
    subject: `task definition ${definition} in cluster ${clusterName}`,
    state: isPossible ? 'A task of it could start now.' : 'No task of it could start now.',
    facts: isActive ? facts : ['It is not ACTIVE: no new task may be of it.', ...facts],
    waits: view.launches.filter((launch) => !possible.includes(launch)).map(launchWait),
    next: isPossible
      ? 'RunTask starts one. What it asks for itself (constraints, overrides, subnets) counts besides.'
      : 'RunTask answers failures and keeps no task: call it again when that is there.',
  };
}

const launchWait = ({
  launchType,
  hostCount,
  refusals,
}: DefinitionExplanationView['launches'][number]): Wait => ({
  waitsFor:
    hostCount === 0
      ? `a host for launch type ${launchType}: there is none`
      : `a host that can take it for launch type ${launchType}`,
  hosts: refusals.map(hostLack),
});
