import { isSwitchedOn } from '../../core/account-settings/setting-rules.ts';
import { fullRoleArn } from '../../core/task/task-roles.ts';
import { clusterArn, parseArn } from '../../domain/arn.ts';
import { effectiveSetting, settingPrincipalOf } from '../../records/account-settings.ts';
import { findOwnProvider } from '../../records/capacity-providers.ts';
import { clusterArnOf, clusterNameOf } from '../../records/clusters.ts';
import { clusters, containerInstances, services, tasks } from '../../records/collections.ts';
import { findDaemonDefinition } from '../../records/daemon-definitions.ts';
import { findDaemon } from '../../records/daemons.ts';
import { findTaskDefinition } from '../../records/task-definitions.ts';
import type { Tag } from '../../shapes/generated/ecs.ts';
import {
  type AccessCheck,
  type AccessScene,
  type CheckKeys,
  type TagPair,
  tagPairs,
} from '../authorization.ts';

/** An ARN of ours. `resource` is e.g. `cluster/web`. */
export const ecsArn = ({ installation }: AccessScene, resource: string): string =>
  `arn:aws:ecs:${installation.region}:${installation.accountId}:${resource}`;

/** A check on a cluster by name, ARN, or nothing for the default one. */
export function onCluster(
  scene: AccessScene,
  reference: string | undefined,
  keys: CheckKeys = {},
): AccessCheck {
  const resource = clusterArnOf(scene.installation, reference);
  return { resource, keys: { 'ecs:cluster': resource, ...keys }, resourceTags: tagsOf(scene, resource) };
}

/** Something inside a cluster: its cluster, and its own name, id or ARN. */
export interface Member {
  readonly cluster?: string | undefined;
  readonly name: string;
}

/** The kinds of resources whose ARNs hold their cluster. */
export type MemberType =
  | 'task'
  | 'service'
  | 'container-instance'
  | 'task-set'
  | 'service-deployment'
  | 'service-revision'
  | 'daemon';

/**
 * A check on something inside a cluster. Old ARNs without a cluster are completed, as the operations do; `ecs:cluster`
 * is the cluster that the resource is in, whatever cluster the request names beside it.
 */
export function onMember(
  scene: AccessScene,
  type: MemberType,
  member: Member,
  keys: CheckKeys = {},
): AccessCheck {
  const resource = memberArn(scene, type, member);
  const inCluster = { 'ecs:cluster': clusterOfMember(scene, resource, member.cluster), ...keys };
  return { resource, keys: inCluster, resourceTags: tagsOf(scene, resource) };
}

/** The same for each of a list; nothing named is checked as everything. */
export const onMembers = (
  scene: AccessScene,
  type: MemberType,
  { cluster, names }: { readonly cluster?: string | undefined; readonly names: readonly string[] },
): readonly AccessCheck[] =>
  [...new Set(names.length === 0 ? ['*'] : names)].map((name) => onMember(scene, type, { cluster, name }));

function memberArn(scene: AccessScene, type: MemberType, { cluster, name }: Member): string {
  const clusterName = clusterNameOf(clusterArnOf(scene.installation, cluster));
  if (!name.startsWith('arn:')) return ecsArn(scene, `${type}/${clusterName}/${name}`);
  const resource = parseArn(name)?.resource ?? '';
  const isShort = resource.startsWith(`${type}/`) && resource.split('/').length === 2;
  if (!isShort) return name;
  const id = resource.slice(type.length + 1);
  return `${name.slice(0, -id.length)}${clusterName}/${id}`;
}

function clusterOfMember(scene: AccessScene, arn: string, cluster: string | undefined): string {
  const segments = parseArn(arn)?.resource.split('/') ?? [];
  return segments.length > 2
    ? clusterArn(scene.installation, segments[1] ?? '')
    : clusterArnOf(scene.installation, cluster);
}

/** The ARN of a task definition, of the newest revision when a family is named. */
export function taskDefinitionArnOf(scene: AccessScene, text: string): string {
  const found = findTaskDefinition(scene.tx, scene.installation, text);
  return (
    found?.taskDefinitionArn ?? (text.startsWith('arn:') ? text : ecsArn(scene, `task-definition/${text}`))
  );
}

/** A check on a task definition by family, revision or ARN. */
export function onTaskDefinition(scene: AccessScene, text: string, keys: CheckKeys = {}): AccessCheck {
  const resource = taskDefinitionArnOf(scene, text);
  return { resource, keys, resourceTags: tagsOf(scene, resource) };
}

/** A check on whatever an ARN names. A task definition's family means its newest revision, here as in the operations. */
export function onArn(scene: AccessScene, arn: string, keys: CheckKeys = {}): AccessCheck {
  const isDefinition = parseArn(arn)?.resource.startsWith('task-definition/') === true;
  const resource = isDefinition ? taskDefinitionArnOf(scene, arn) : arn;
  return { resource, keys, resourceTags: tagsOf(scene, resource) };
}

/** A check on something outside clusters, e.g. a capacity provider, by name or ARN. */
export function onNamed(scene: AccessScene, type: string, name: string, keys: CheckKeys = {}): AccessCheck {
  const resource = name.startsWith('arn:') ? name : ecsArn(scene, `${type}/${name}`);
  return { resource, keys, resourceTags: tagsOf(scene, resource) };
}

/**
 * Giving tags to what is being made is a permission of its own; asked for only when tags are given, and when the
 * caller's account setting `tagResourceAuthorization` is on. (AUTH-13)
 */
export function tagOnCreate(
  scene: AccessScene,
  createAction: string,
  resource: string,
  tags: readonly Tag[] | undefined,
): readonly AccessCheck[] {
  if (tags === undefined || tags.length === 0 || !isTaggingAuthorized(scene)) return [];
  const keys = { 'ecs:createaction': createAction };
  return [{ action: 'ecs:TagResource', resource, keys, requestTags: tagPairs(tags) }];
}

function isTaggingAuthorized({ tx, installation, caller }: AccessScene): boolean {
  const { accountId } = installation;
  const principalArn = settingPrincipalOf(caller);
  const setting = effectiveSetting(tx, { accountId, principalArn, name: 'tagResourceAuthorization' });
  return isSwitchedOn(setting.value);
}

/** Handing a role to a service is a permission on that role. A name means the role of that name. (AUTH-14) */
export function passRole(
  scene: AccessScene,
  service: 'ecs-tasks.amazonaws.com' | 'ecs.amazonaws.com' | 'ec2.amazonaws.com',
  roles: readonly (string | undefined)[],
): readonly AccessCheck[] {
  const arns = new Set(roles.map((role) => fullRoleArn(scene.installation, role)));
  return [...arns].flatMap((resource) =>
    resource === undefined
      ? []
      : [{ action: 'iam:PassRole', resource, keys: { 'iam:passedtoservice': service } }],
  );
}

/** The tags of a resource of ours; none for what is not there. */
export function tagsOf({ tx, installation }: AccessScene, arn: string): () => readonly TagPair[] {
  return () => {
    const type = parseArn(arn)?.resource.split('/')[0];
    switch (type) {
      case 'cluster':
        return tagPairs(tx.get(clusters, arn)?.tags);
      case 'service':
        return tagPairs(tx.get(services, arn)?.tags);
      case 'task':
        return tagPairs(tx.get(tasks, arn)?.tags);
      case 'container-instance':
        return tagPairs(tx.get(containerInstances, arn)?.tags);
      case 'task-definition':
        return tagPairs(findTaskDefinition(tx, installation, arn)?.tags);
      case 'capacity-provider':
        return tagPairs(findOwnProvider(tx, installation, arn)?.tags);
      case 'daemon':
        return tagPairs(findDaemon(tx, arn)?.tags);
      case 'daemon-task-definition':
        return tagPairs(findDaemonDefinition(tx, installation, arn)?.tags);
      default:
        return [];
    }
  };
}
