import type { Cluster } from '../domain/cluster.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import type {
  AccessKey,
  Account,
  Group,
  InstanceProfile,
  ManagedPolicy,
  OpenIdConnectProvider,
  Role,
  RoleDeletion,
  User,
} from '../domain/identity.ts';
import type { SecurityGroup, Subnet, Vpc } from '../domain/network.ts';
import type { Service, ServiceEvent } from '../domain/service.ts';
import type { Task } from '../domain/task.ts';
import type { TaskDefinition, TaskDefinitionFamily } from '../domain/task-definition.ts';
import { memberIndex } from '../store/member-index.ts';
import type { Collection } from '../store/store.ts';

/** Pads a number so that keys sort as numbers do. Ten digits hold every revision and sequence number. */
export const sortableNumber = (value: number): string => value.toString().padStart(10, '0');

/** Clusters by ARN. */
export const clusters: Collection<Cluster> = { name: 'clusters', key: (row) => row.clusterArn, indexes: {} };

/** Keyed so that a listing by key is by family, then by revision as a number. `:` sorts after every name character but letters; see `taskDefinitionKey`. */
export const taskDefinitions: Collection<TaskDefinition, 'family' | 'status'> = {
  name: 'task-definitions',
  key: (row) => taskDefinitionKey(row.family, row.revision),
  indexes: { family: (row) => row.family, status: (row) => [row.status, `${row.status} ${row.family}`] },
};

/** The key of a revision. A space sorts before every character of a family name, so families stay in order. */
export const taskDefinitionKey = (family: string, revision: number): string =>
  `${family} ${sortableNumber(revision)}`;

/** The counters of revisions by family; a family keeps its own after its last revision is gone. */
export const taskDefinitionFamilies: Collection<TaskDefinitionFamily> = {
  name: 'task-definition-families',
  key: (row) => row.family,
  indexes: {},
};

/** What `ownerOf` looks at. */
const OWNED_BY = ['serviceArn', 'daemonArn', 'clusterArn', 'group'] as const;

const ownerOf = ({
  serviceArn,
  daemonArn,
  clusterArn,
  group,
}: Pick<Task, (typeof OWNED_BY)[number]>): string => serviceArn ?? daemonArn ?? `${clusterArn} ${group}`;

/** What ListTasks looks at. */
const LISTED_BY = [
  'clusterArn',
  'desiredStatus',
  'family',
  'launchType',
  'startedBy',
  'serviceArn',
  'daemonArn',
  'instanceArn',
] as const;

/**
 * Tasks by ARN. `listing` holds `<clusterArn> <desiredStatus>` and, for each filter that ListTasks knows,
 * `<clusterArn> <desiredStatus> <filter>=<value>`, so that a page costs a page.
 */
export const tasks: Collection<
  Task,
  | 'listing'
  | 'service'
  | 'daemon'
  | 'deployment'
  | 'instance'
  | 'live'
  | 'address'
  | 'definition'
  | 'uncounted'
  | 'spread'
  | 'group'
> = {
  name: 'tasks',
  key: (row) => row.taskArn,
  indexes: {
    listing: memberIndex(LISTED_BY, (row) => {
      const base = `${row.clusterArn} ${row.desiredStatus}`;
      const filters = [
        base,
        `${base} family=${row.family}`,
        `${base} launchType=${row.launchType}`,
        `${base} startedBy=${row.startedBy ?? ''}`,
      ];
      if (row.serviceArn !== undefined) filters.push(`${base} service=${row.serviceArn}`);
      if (row.daemonArn !== undefined) filters.push(`${base} daemon=${row.daemonArn}`);
      if (row.instanceArn !== undefined) filters.push(`${base} instance=${row.instanceArn}`);
      return filters;
    }),
    /** Tasks of a service that are not STOPPED yet. */
    service: (row) => (row.lastStatus === 'STOPPED' ? undefined : row.serviceArn),
    /** Tasks of a daemon that are not STOPPED yet, or that its scheduler has not counted. */
    daemon: (row) => (row.countedAs === 'STOPPED' ? undefined : row.daemonArn),
    deployment: (row) => row.deploymentId,
    /** Tasks on a host that are not STOPPED yet. */
    instance: (row) => (row.lastStatus === 'STOPPED' ? undefined : row.instanceArn),
    /** `<clusterArn> <lastStatus>` for counts of a cluster; `STOPPED` alone for the reaper. */
    live: memberIndex(['lastStatus', 'clusterArn'], (row) =>
      row.lastStatus === 'STOPPED' ? 'STOPPED' : `${row.clusterArn} ${row.lastStatus}`,
    ),
    /** Network interfaces in use: `<subnetId>`, `<networkInterfaceId>` and `ip=<address>`. */
    address: memberIndex(['networkInterface', 'lastStatus'], (row) =>
      row.networkInterface === undefined || row.lastStatus === 'STOPPED'
        ? undefined
        : [
            row.networkInterface.subnetId,
            row.networkInterface.networkInterfaceId,
            `ip=${row.networkInterface.privateIpv4Address}`,
          ],
    ),
    definition: (row) => (row.lastStatus === 'STOPPED' ? undefined : row.taskDefinitionArn),
    /**
     * Who has how many tasks where, for counting: `<owner> <instanceArn>` and `<owner> <availabilityZone>`. The owner
     * is a service's or daemon's ARN, or `<clusterArn> <group>` for stand-alone tasks. Tasks that are STOPPED do not count.
     */
    spread: memberIndex([...OWNED_BY, 'lastStatus', 'instanceArn', 'availabilityZone'], (row) => {
      if (row.lastStatus === 'STOPPED') return undefined;
      const owner = ownerOf(row);
      const places: string[] = [];
      if (row.instanceArn !== undefined) places.push(`${owner} ${row.instanceArn}`);
      if (row.availabilityZone !== undefined) places.push(`${owner} ${row.availabilityZone}`);
      return places;
    }),
    /** `<clusterArn> <group>` of stand-alone tasks that are not STOPPED, a daemon's ARN of its; a service's are in `service`. */
    group: memberIndex([...OWNED_BY, 'lastStatus'], (row) =>
      row.lastStatus === 'STOPPED' || row.serviceArn !== undefined ? undefined : ownerOf(row),
    ),
    /** Ended tasks of a service that its scheduler has not counted yet. */
    uncounted: (row) =>
      row.lastStatus === 'STOPPED' && row.countedAs !== 'STOPPED' ? row.serviceArn : undefined,
  },
};

/** Hosts by ARN, those of the FARGATE pool included. */
export const containerInstances: Collection<ContainerInstance, 'cluster' | 'pool'> = {
  name: 'container-instances',
  key: (row) => row.containerInstanceArn,
  indexes: {
    /** `<clusterArn>` for all that are not INACTIVE and `<clusterArn> <status>`; pool hosts are in neither. */
    cluster: memberIndex(['pool', 'status', 'clusterArn'], (row) =>
      row.pool === 'FARGATE'
        ? undefined
        : row.status === 'INACTIVE'
          ? [`${row.clusterArn} INACTIVE`]
          : [row.clusterArn, `${row.clusterArn} ${row.status}`],
    ),
    /** Hosts of the FARGATE pool that are not INACTIVE. */
    pool: (row) => (row.pool === 'FARGATE' && row.status !== 'INACTIVE' ? 'FARGATE' : undefined),
  },
  // Every search for hosts goes through all of them.
  kept: ['cluster', 'pool'],
};

/** Services by ARN. One that is INACTIVE stays a while for DescribeServices. */
export const services: Collection<Service, 'cluster' | 'status'> = {
  name: 'services',
  key: (row) => row.serviceArn,
  indexes: {
    /** `<clusterArn>`, `<clusterArn> <status>` and, of those of the strategy that are ACTIVE, `<clusterArn> DAEMON`. */
    cluster: memberIndex(['schedulingStrategy', 'status', 'clusterArn'], (row) => {
      const isDaemon = row.schedulingStrategy === 'DAEMON' && row.status === 'ACTIVE';
      const daemon = isDaemon ? [`${row.clusterArn} DAEMON`] : [];
      return [row.clusterArn, `${row.clusterArn} ${row.status}`, ...daemon];
    }),
    status: (row) => row.status,
  },
};

/** The events of services; by key they are in the order in which they happened. */
export const serviceEvents: Collection<ServiceEvent, 'service'> = {
  name: 'service-events',
  key: (row) => `${row.serviceArn} ${sortableNumber(row.sequence)}`,
  indexes: { service: (row) => row.serviceArn },
};

/** A remembered `clientToken`: what it asked for and what came of it. */
export interface IdempotencyToken {
  /** `<operation> <clusterArn> <token>`. */
  readonly key: string;
  /** The fingerprint of the request as canonical JSON, without the token: requests are long and tokens are many. */
  readonly request: string;
  readonly resourceArns: readonly string[];
  readonly expiresAt: number;
}

/** Remembered client tokens. */
export const idempotencyTokens: Collection<IdempotencyToken> = {
  name: 'idempotency-tokens',
  key: (row) => row.key,
  indexes: {},
};

/** The one account of the installation. */
export const accounts: Collection<Account> = { name: 'accounts', key: (row) => row.accountId, indexes: {} };
/** Access keys by id, long-lived and of sessions. */
export const accessKeys: Collection<AccessKey, 'owner'> = {
  name: 'access-keys',
  key: (row) => row.accessKeyId,
  indexes: {
    owner: (row) =>
      row.owner.kind === 'root'
        ? 'root'
        : row.owner.kind === 'user'
          ? `user/${row.owner.userName}`
          : `role/${row.owner.roleName}`,
  },
};
/** Role names are unique without regard to case. */
export const roles: Collection<Role, 'policy'> = {
  name: 'roles',
  key: (row) => row.roleName.toLowerCase(),
  indexes: { policy: (row) => row.attachedPolicyArns },
};
/** User names are unique without regard to case. */
export const users: Collection<User, 'policy' | 'group'> = {
  name: 'users',
  key: (row) => row.userName.toLowerCase(),
  indexes: {
    policy: (row) => row.attachedPolicyArns,
    group: (row) => row.groupNames?.map((name) => name.toLowerCase()),
  },
};
/** Group names are unique without regard to case. */
export const groups: Collection<Group, 'policy'> = {
  name: 'groups',
  key: (row) => row.groupName.toLowerCase(),
  indexes: { policy: (row) => row.attachedPolicyArns },
};
/** Names are unique without regard to case. */
export const instanceProfiles: Collection<InstanceProfile, 'role'> = {
  name: 'instance-profiles',
  key: (row) => row.instanceProfileName.toLowerCase(),
  indexes: { role: (row) => row.roleName?.toLowerCase() },
};
/** Managed policies of the account by ARN. */
export const managedPolicies: Collection<ManagedPolicy> = {
  name: 'managed-policies',
  key: (row) => row.arn,
  indexes: {},
};

/** OIDC providers by ARN. */
export const openIdConnectProviders: Collection<OpenIdConnectProvider> = {
  name: 'open-id-connect-providers',
  key: (row) => row.arn,
  indexes: {},
};

/** Deletions of service-linked roles by role name, without regard to case. */
export const roleDeletions: Collection<RoleDeletion> = {
  name: 'role-deletions',
  key: (row) => row.roleName.toLowerCase(),
  indexes: {},
};

/** VPCs by id. */
export const vpcs: Collection<Vpc> = { name: 'vpcs', key: (row) => row.vpcId, indexes: {} };
/** Subnets by id. */
export const subnets: Collection<Subnet> = { name: 'subnets', key: (row) => row.subnetId, indexes: {} };
/** Security groups by id. */
export const securityGroups: Collection<SecurityGroup> = {
  name: 'security-groups',
  key: (row) => row.groupId,
  indexes: {},
};
