import type { Compatibility } from '../../shapes/generated/ecs.ts';
import type { Draft } from './draft.ts';
import { notForFargate } from './fargate-rules.ts';

/** Where the definition can run, whether or not the request asks for it, in the service's order. (TDF-23) */
export function compatibilitiesOf(draft: Draft): readonly Compatibility[] {
  const hasEfs = (draft.request.volumes ?? []).some((volume) => volume.efsVolumeConfiguration !== undefined);
  if (draft.networkMode !== 'awsvpc') return hasEfs ? ['EC2'] : ['EXTERNAL', 'EC2'];
  return notForFargate(draft) === undefined ? ['EC2', 'FARGATE'] : ['EC2'];
}
