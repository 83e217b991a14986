import { hostKind } from '../../core/instance/attributes.ts';
import { lastSegment, parseArn } from '../../domain/arn.ts';
import { clusterArnOf, clusterNameOf } from '../../records/clusters.ts';
import { poolClusterArn } from '../../records/instances.ts';
import type { EcsOperations, Tag } from '../../shapes/generated/ecs.ts';
import {
  type AccessCheck,
  type AccessDeclaration,
  type AccessDeclarations,
  type AccessScene,
  ANY_RESOURCE,
  type CheckKeys,
  tagPairs,
  withoutResource,
} from '../authorization.ts';
import { definitionKeys, launchKeys, providerArns, serviceKeys, sizeKeys } from './access-keys.ts';
import {
  ecsArn,
  onCluster,
  onMember,
  onMembers,
  onNamed,
  onTaskDefinition,
  passRole,
  tagOnCreate,
} from './access-targets.ts';
import { otherAuthorization } from './other-authorization.ts';

type Declarations = AccessDeclarations<EcsOperations>;

/** What `clusters`, `capacityProviders` and the like mean when they name nothing. */
const orDefault = (names: readonly string[] | undefined, fallback: string): readonly string[] =>
  names === undefined || names.length === 0 ? [fallback] : names;

const onOneCluster: AccessDeclaration<{ readonly cluster?: string | undefined }> = ({ cluster }, scene) => [
  onCluster(scene, cluster),
];

/** An action without a resource that policies limit by the cluster. */
const inCluster: AccessDeclaration<{ readonly cluster?: string | undefined }> = ({ cluster }, scene) => [
  { resource: ANY_RESOURCE, keys: { 'ecs:cluster': clusterArnOf(scene.installation, cluster) } },
];

/** An ARN pattern of what is about to be made in a cluster and has no name yet. */
const newMember = (scene: AccessScene, type: string, cluster: string | undefined): string =>
  ecsArn(scene, `${type}/${clusterNameOf(clusterArnOf(scene.installation, cluster))}/*`);

/** The request's tags, for actions that look at them. */
const withTags = (check: AccessCheck, tags: readonly Tag[] | undefined): AccessCheck => ({
  ...check,
  requestTags: tagPairs(tags),
});

const clusters: Pick<
  Declarations,
  | 'CreateCluster'
  | 'DeleteCluster'
  | 'DescribeClusters'
  | 'ListClusters'
  | 'PutClusterCapacityProviders'
  | 'UpdateCluster'
  | 'UpdateClusterSettings'
> = {
  CreateCluster: (input, scene) => {
    const { capacityProviders, defaultCapacityProviderStrategy = [], configuration, tags } = input;
    const check = onCluster(scene, input.clusterName, {
      'ecs:capacity-provider': providerArns(scene, [
        ...(capacityProviders ?? []),
        ...defaultCapacityProviderStrategy,
      ]),
      'ecs:fargate-ephemeral-storage-kms-key':
        configuration?.managedStorageConfiguration?.fargateEphemeralStorageKmsKeyId,
    });
    return [withTags(check, tags), ...tagOnCreate(scene, 'CreateCluster', check.resource, tags)];
  },
  DeleteCluster: onOneCluster,
  DescribeClusters: (input, scene) =>
    orDefault(input.clusters, '').map((cluster) => onCluster(scene, cluster)),
  ListClusters: withoutResource,
  PutClusterCapacityProviders: (input, scene) => [
    onCluster(scene, input.cluster, {
      'ecs:capacity-provider': providerArns(scene, input.capacityProviders),
    }),
  ],
  UpdateCluster: ({ cluster, configuration }, scene) => [
    onCluster(scene, cluster, {
      'ecs:fargate-ephemeral-storage-kms-key':
        configuration?.managedStorageConfiguration?.fargateEphemeralStorageKmsKeyId,
    }),
  ],
  UpdateClusterSettings: onOneCluster,
};

const TASKS = 'ecs-tasks.amazonaws.com';
const ECS = 'ecs.amazonaws.com';

const taskDefinitions: Pick<
  Declarations,
  | 'DeleteTaskDefinitions'
  | 'DeregisterTaskDefinition'
  | 'DescribeTaskDefinition'
  | 'ListTaskDefinitionFamilies'
  | 'ListTaskDefinitions'
  | 'RegisterTaskDefinition'
> = {
  DeleteTaskDefinitions: ({ taskDefinitions: names }, scene) =>
    orDefault(names, '*').map((name) => onTaskDefinition(scene, name)),
  DeregisterTaskDefinition: withoutResource,
  DescribeTaskDefinition: withoutResource,
  ListTaskDefinitionFamilies: withoutResource,
  ListTaskDefinitions: withoutResource,
  RegisterTaskDefinition: (input, scene) => {
    const { family, tags, taskRoleArn, executionRoleArn } = input;
    const keys: CheckKeys = {
      ...sizeKeys(input),
      'ecs:compute-compatibility': input.requiresCompatibilities,
      'ecs:privileged': String(input.containerDefinitions.some(({ privileged }) => privileged === true)),
    };
    return [
      withTags({ resource: ANY_RESOURCE, keys }, tags),
      ...passRole(scene, TASKS, [taskRoleArn, executionRoleArn]),
      ...tagOnCreate(scene, 'RegisterTaskDefinition', ecsArn(scene, `task-definition/${family}:*`), tags),
    ];
  },
};

const onTasks: AccessDeclaration<{
  readonly cluster?: string | undefined;
  readonly tasks?: readonly string[] | undefined;
}> = ({ cluster, tasks: names = [] }, scene) => onMembers(scene, 'task', { cluster, names });

/** The agents' reports. */
const reported: AccessDeclaration<{
  readonly cluster?: string | undefined;
  readonly task?: string | undefined;
}> = ({ cluster, task }, scene) => [onCluster(scene, cluster, { 'ecs:task': task })];

const tasks: Pick<
  Declarations,
  | 'DescribeTasks'
  | 'ExecuteCommand'
  | 'GetTaskProtection'
  | 'ListTasks'
  | 'RunTask'
  | 'StartTask'
  | 'StopTask'
  | 'SubmitAttachmentStateChanges'
  | 'SubmitContainerStateChange'
  | 'SubmitTaskStateChange'
  | 'UpdateTaskProtection'
> = {
  DescribeTasks: onTasks,
  ExecuteCommand: ({ cluster, task, container }, scene) => {
    const check = onMember(scene, 'task', { cluster, name: task }, { 'ecs:container-name': container });
    return [{ ...check, keys: { ...check.keys, 'ecs:task': check.resource } }];
  },
  GetTaskProtection: onTasks,
  ListTasks: (input, scene) =>
    input.containerInstance
      ? [onMember(scene, 'container-instance', { cluster: input.cluster, name: input.containerInstance })]
      : inCluster(input, scene),
  RunTask: (input, scene) => {
    const { cluster, overrides, tags } = input;
    const keys = { 'ecs:cluster': clusterArnOf(scene.installation, cluster), ...launchKeys(scene, input) };
    return [
      withTags(onTaskDefinition(scene, input.taskDefinition, keys), tags),
      ...passRole(scene, TASKS, [overrides?.taskRoleArn, overrides?.executionRoleArn]),
      ...tagOnCreate(scene, 'RunTask', newMember(scene, 'task', cluster), tags),
    ];
  },
  StartTask: (input, scene) => {
    const { cluster, overrides, tags, containerInstances } = input;
    const hosts = onMembers(scene, 'container-instance', { cluster, names: containerInstances });
    const keys = {
      'ecs:cluster': clusterArnOf(scene.installation, cluster),
      'ecs:container-instances': hosts.map(({ resource }) => resource),
      ...launchKeys(scene, input),
    };
    return [
      withTags(onTaskDefinition(scene, input.taskDefinition, keys), tags),
      ...passRole(scene, TASKS, [overrides?.taskRoleArn, overrides?.executionRoleArn]),
      ...tagOnCreate(scene, 'StartTask', newMember(scene, 'task', cluster), tags),
    ];
  },
  StopTask: ({ cluster, task }, scene) => [onMember(scene, 'task', { cluster, name: task })],
  SubmitAttachmentStateChanges: onOneCluster,
  SubmitContainerStateChange: reported,
  SubmitTaskStateChange: reported,
  UpdateTaskProtection: onTasks,
};

const onInstance: AccessDeclaration<{
  readonly cluster?: string | undefined;
  readonly containerInstance: string;
}> = ({ cluster, containerInstance }, scene) => [
  onMember(scene, 'container-instance', { cluster, name: containerInstance }),
];

const onInstances: AccessDeclaration<{
  readonly cluster?: string | undefined;
  readonly containerInstances: readonly string[];
}> = ({ cluster, containerInstances: names }, scene) =>
  onMembers(scene, 'container-instance', { cluster, names });

const onAttributes: AccessDeclaration<{
  readonly cluster?: string | undefined;
  readonly attributes: readonly { readonly targetId?: string | undefined }[];
}> = ({ cluster, attributes }, scene) =>
  onMembers(scene, 'container-instance', {
    cluster,
    names: attributes.map(({ targetId }) => targetId ?? '*'),
  });

const instances: Pick<
  Declarations,
  | 'DeleteAttributes'
  | 'DeregisterContainerInstance'
  | 'DescribeContainerInstances'
  | 'DiscoverPollEndpoint'
  | 'ListAttributes'
  | 'ListContainerInstances'
  | 'PutAttributes'
  | 'RegisterContainerInstance'
  | 'UpdateContainerAgent'
  | 'UpdateContainerInstancesState'
> = {
  DeleteAttributes: onAttributes,
  DeregisterContainerInstance: onOneCluster,
  DescribeContainerInstances: onInstances,
  DiscoverPollEndpoint: withoutResource,
  ListAttributes: onOneCluster,
  ListContainerInstances: onOneCluster,
  PutAttributes: onAttributes,
  RegisterContainerInstance: ({ cluster: given, attributes = [], tags }, scene) => {
    // A host of the FARGATE pool gets tasks of every cluster: no permission for one cluster is enough.
    const cluster = hostKind(attributes) === 'FARGATE' ? poolClusterArn(scene.installation) : given;
    return [
      withTags(onCluster(scene, cluster), tags),
      ...tagOnCreate(
        scene,
        'RegisterContainerInstance',
        newMember(scene, 'container-instance', cluster),
        tags,
      ),
    ];
  },
  UpdateContainerAgent: onInstance,
  UpdateContainerInstancesState: onInstances,
};

const onService: AccessDeclaration<{ readonly cluster?: string | undefined; readonly service: string }> = (
  { cluster, service },
  scene,
) => [onMember(scene, 'service', { cluster, name: service })];

/** The ARN of the service that a deployment or revision belongs to. */
const serviceOf = (scene: AccessScene, arn: string): CheckKeys => {
  const [, cluster, service] = parseArn(arn)?.resource.split('/') ?? [];
  return { 'ecs:service': service && ecsArn(scene, `service/${cluster}/${service}`) };
};

const onDeployment: AccessDeclaration<{ readonly serviceDeploymentArn: string }> = (
  { serviceDeploymentArn: name },
  scene,
) => [onMember(scene, 'service-deployment', { name }, serviceOf(scene, name))];

const services: Pick<
  Declarations,
  | 'ContinueServiceDeployment'
  | 'CreateService'
  | 'DeleteService'
  | 'DescribeServiceDeployments'
  | 'DescribeServiceRevisions'
  | 'DescribeServices'
  | 'ListServiceDeployments'
  | 'ListServices'
  | 'ListServicesByNamespace'
  | 'StopServiceDeployment'
  | 'UpdateService'
  | 'UpdateServicePrimaryTaskSet'
> = {
  ContinueServiceDeployment: onDeployment,
  CreateService: (input, scene) => {
    const { cluster, serviceName: name, tags, role, volumeConfigurations = [] } = input;
    const check = onMember(scene, 'service', { cluster, name }, serviceKeys(scene, input));
    return [
      withTags(check, tags),
      ...passRole(scene, ECS, [
        role,
        ...volumeConfigurations.map(({ managedEBSVolume }) => managedEBSVolume?.roleArn),
        ...(input.vpcLatticeConfigurations ?? []).map(({ roleArn }) => roleArn),
      ]),
      ...tagOnCreate(scene, 'CreateService', check.resource, tags),
    ];
  },
  DeleteService: onService,
  DescribeServiceDeployments: ({ serviceDeploymentArns }, scene) =>
    orDefault(serviceDeploymentArns, '*').map((name) =>
      onMember(scene, 'service-deployment', { name }, serviceOf(scene, name)),
    ),
  DescribeServiceRevisions: ({ serviceRevisionArns }, scene) =>
    orDefault(serviceRevisionArns, '*').map((name) =>
      onMember(scene, 'service-revision', { name }, serviceOf(scene, name)),
    ),
  DescribeServices: ({ cluster, services: names }, scene) => onMembers(scene, 'service', { cluster, names }),
  ListServiceDeployments: onService,
  ListServices: inCluster,
  ListServicesByNamespace: ({ namespace }) => [
    { resource: ANY_RESOURCE, keys: { 'ecs:namespace': namespace } },
  ],
  StopServiceDeployment: onDeployment,
  UpdateService: (input, scene) => [
    onMember(scene, 'service', { cluster: input.cluster, name: input.service }, serviceKeys(scene, input)),
    ...passRole(scene, ECS, [
      ...(input.volumeConfigurations ?? []).map(({ managedEBSVolume }) => managedEBSVolume?.roleArn),
      ...(input.vpcLatticeConfigurations ?? []).map(({ roleArn }) => roleArn),
    ]),
  ],
  UpdateServicePrimaryTaskSet: onService,
};

interface TaskSetInput {
  readonly cluster: string;
  readonly service: string;
  readonly taskSet: string;
}

/** Task sets are named by an id inside their service, or by an ARN. */
function taskSetCheck(scene: AccessScene, { cluster, service, taskSet }: TaskSetInput): AccessCheck {
  const name = taskSet.startsWith('arn:') ? taskSet : `${lastSegment(service)}/${taskSet}`;
  const { resource } = onMember(scene, 'service', { cluster, name: service });
  return onMember(scene, 'task-set', { cluster, name }, { 'ecs:service': resource });
}

const onTaskSet: AccessDeclaration<TaskSetInput> = (input, scene) => [taskSetCheck(scene, input)];

const taskSets: Pick<Declarations, 'CreateTaskSet' | 'DeleteTaskSet' | 'DescribeTaskSets' | 'UpdateTaskSet'> =
  {
    CreateTaskSet: (input, scene) => {
      const check = taskSetCheck(scene, { ...input, taskSet: '*' });
      const keys = {
        ...check.keys,
        ...definitionKeys(scene, input.taskDefinition),
        'ecs:capacity-provider': providerArns(scene, input.capacityProviderStrategy),
      };
      return [
        withTags({ ...check, keys }, input.tags),
        ...tagOnCreate(scene, 'CreateTaskSet', check.resource, input.tags),
      ];
    },
    DeleteTaskSet: onTaskSet,
    DescribeTaskSets: (input, scene) =>
      orDefault(input.taskSets, '*').map((taskSet) => taskSetCheck(scene, { ...input, taskSet })),
    UpdateTaskSet: onTaskSet,
  };

const onProvider: AccessDeclaration<{ readonly name: string }> = ({ name }, scene) => [
  onNamed(scene, 'capacity-provider', name),
];

const providers: Pick<
  Declarations,
  'CreateCapacityProvider' | 'DeleteCapacityProvider' | 'DescribeCapacityProviders' | 'UpdateCapacityProvider'
> = {
  CreateCapacityProvider: ({ name, tags, managedInstancesProvider }, scene) => {
    const check = onNamed(scene, 'capacity-provider', name);
    return [
      withTags(check, tags),
      ...passRole(scene, ECS, [managedInstancesProvider?.infrastructureRoleArn]),
      ...tagOnCreate(scene, 'CreateCapacityProvider', check.resource, tags),
    ];
  },
  DeleteCapacityProvider: ({ capacityProvider: name }, scene) => onProvider({ name }, scene),
  DescribeCapacityProviders: ({ capacityProviders }, scene) =>
    orDefault(capacityProviders, '*').map((name) => onNamed(scene, 'capacity-provider', name)),
  UpdateCapacityProvider: (input, scene) => [
    ...onProvider(input, scene),
    ...passRole(scene, ECS, [input.managedInstancesProvider?.infrastructureRoleArn]),
  ],
};

/** Every ECS operation with the permissions that it needs. (AUTH-11; Service Authorization Reference, Amazon ECS) */
export const ecsAuthorization: Declarations = {
  ...clusters,
  ...taskDefinitions,
  ...tasks,
  ...instances,
  ...services,
  ...taskSets,
  ...providers,
  ...otherAuthorization,
};
