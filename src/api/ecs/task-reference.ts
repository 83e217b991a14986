import { lastSegment, parseArn, type Scope, taskArn } from '../../domain/arn.ts';
import type { Cluster } from '../../domain/cluster.ts';
import { ecsErrors } from './errors.ts';

/** 32 hexadecimal characters now, a UUID in older days. */
const TASK_ID = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/**
 * The ARN that a member naming a task means: an id, or an ARN, which is answered as it is; one of the short form
 * without a cluster is completed. Other text, and ARNs of other things, are refused. (TSK-41)
 */
export function taskArnOf(scope: Scope, cluster: Cluster, text: string): string {
  const id = text.startsWith('arn:') ? idInArn(text) : text;
  if (!TASK_ID.test(id)) throw ecsErrors.taskIdInvalid();
  const isWhole = text.startsWith('arn:') && text.split('/').length > 2;
  return isWhole ? text : taskArn(scope, cluster.clusterName, id);
}

function idInArn(arn: string): string {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'ecs') throw ecsErrors.taskIdInvalid();
  const type = parsed.resource.slice(0, Math.max(parsed.resource.indexOf('/'), 0));
  if (type !== 'task') throw ecsErrors.unsupportedResourceType(type);
  return lastSegment(arn);
}
