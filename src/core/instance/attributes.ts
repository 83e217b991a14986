import type { InstanceAttribute } from '../../domain/container-instance.ts';
import { ZONE_ATTRIBUTE } from '../placement/placement-view.ts';

/** A host that sends this attribute with the value FARGATE joins the pool that serves FARGATE tasks. (INS-1) */
export const POOL_ATTRIBUTE = 'gantry.pool';
/** A host that sends this attribute belongs to the capacity provider of that name. (CAP-6) */
export const PROVIDER_ATTRIBUTE = 'gantry.capacity-provider';
/** A host that sends this attribute is one outside of AWS, launch type EXTERNAL. (INS-2) */
export const EXTERNAL_ATTRIBUTE = 'ecs.capability.external';

/** A host that sends this attribute runs an agent that knows our exec sessions. (EXE-5) */
export const EXEC_ATTRIBUTE = 'gantry.capability.exec-session';
/** The CPU units that the host really has, where it offers more. (MET-5) */
export const HOST_CPU_ATTRIBUTE = 'gantry.host-cpu-units';

/** Kinds of host, by the attributes that they send. (INS-1, INS-2) */
export type HostKind = 'FARGATE' | 'EC2' | 'EXTERNAL';

/** What kind of host sends these attributes. */
export function hostKind(sent: readonly InstanceAttribute[]): HostKind {
  if (sent.some(({ name, value }) => name === POOL_ATTRIBUTE && value === 'FARGATE')) return 'FARGATE';
  return sent.some(({ name }) => name === EXTERNAL_ATTRIBUTE) ? 'EXTERNAL' : 'EC2';
}

/** The parts of an EC2 instance identity document that become attributes. */
export interface IdentityDocument {
  readonly instanceId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly instanceType?: string | undefined;
  readonly imageId?: string | undefined;
  readonly architecture?: string | undefined;
}

/** Reads an identity document; empty or unreadable text says nothing. Its signature cannot be checked outside of EC2. */
export function readIdentityDocument(text: string | undefined): IdentityDocument {
  if (text === undefined || text.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null) return {};
  const members = parsed as Readonly<Record<string, unknown>>;
  const read = (name: string): string | undefined =>
    typeof members[name] === 'string' ? members[name] : undefined;
  return {
    instanceId: read('instanceId'),
    availabilityZone: read('availabilityZone'),
    instanceType: read('instanceType'),
    imageId: read('imageId'),
    architecture: read('architecture'),
  };
}

/** Where the server puts a host that does not say where it is. */
export interface HostPlace {
  readonly availabilityZone: string;
  readonly vpcId?: string | undefined;
  readonly subnetId?: string | undefined;
}

/**
 * The attributes of a registered host: all that it sent, unchanged, because its agent compares them; those it had and
 * did not send again, capabilities apart; and the built-in ones that only the server knows. Sorted by name. (INS-4)
 */
export function attributesOf(source: {
  readonly sent: readonly InstanceAttribute[];
  readonly before: readonly InstanceAttribute[];
  readonly identity: IdentityDocument;
  readonly kind: HostKind;
  readonly place: HostPlace;
}): readonly InstanceAttribute[] {
  const { sent, before, identity, kind, place } = source;
  const merged = new Map<string, InstanceAttribute>();
  const layers = [
    builtIn(identity, kind, place),
    before.filter(({ name }) => !isCapability(name)),
    sent.map(({ name, value }) => (value === undefined ? { name } : { name, value })),
  ];
  for (const layer of layers) for (const attribute of layer) merged.set(attribute.name, attribute);
  return [...merged.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function builtIn(identity: IdentityDocument, kind: HostKind, place: HostPlace): readonly InstanceAttribute[] {
  const values: Readonly<Record<string, string | undefined>> = {
    [ZONE_ATTRIBUTE]: identity.availabilityZone ?? place.availabilityZone,
    'ecs.os-type': 'linux',
    'ecs.os-family': 'LINUX',
    'ecs.cpu-architecture': identity.architecture,
    'ecs.instance-type': identity.instanceType,
    'ecs.ami-id': identity.imageId,
    ...(kind === 'EC2' ? { 'ecs.vpc-id': place.vpcId, 'ecs.subnet-id': place.subnetId } : {}),
  };
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

/** What an agent can do. It tells all of it each time, so what it does not tell any more is gone. */
const isCapability = (name: string): boolean =>
  name.startsWith('com.amazonaws.ecs.capability.') || name.startsWith('ecs.capability.');

/** The value of an attribute; undefined when the host does not have it, or has its name only. */
export const attributeOf = (attributes: readonly InstanceAttribute[], name: string): string | undefined =>
  attributes.find((attribute) => attribute.name === name)?.value;
