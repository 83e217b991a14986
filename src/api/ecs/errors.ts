import { TOO_MANY_EXEC_SESSIONS } from '../../domain/exec-session.ts';
import { clientError, ServiceError } from '../../lib/service-error.ts';

const invalid = (message: string): ServiceError => clientError('InvalidParameterException', message);
const client = (message: string): ServiceError => clientError('ClientException', message);

const UNKNOWN_SUBNET = (id: string): string =>
  `The subnet ID '${id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`;
const UNKNOWN_GROUP = (id: string): string =>
  `The security group '${id}' does not exist (ErrorCode: InvalidGroup.NotFound)`;

const generalErrors = {
  /** A refusal whose text is made elsewhere, e.g. by a rule of `core/`. */
  invalid,
  client,
  /** The named member, e.g. `containerDefinitions[0].dependsOn`, asks for a feature that is not there. */
  unsupportedFeature: (member: string) =>
    clientError('UnsupportedFeatureException', `${member} is not supported yet.`),
  /** As `unsupportedFeature`, for operations whose model has no UnsupportedFeatureException. */
  unsupportedMember: (member: string) => invalid(`${member} is not supported yet.`),
  server: (message: string) => new ServiceError('ServerException', message, { fault: 'server' }),
  accessDenied: (message: string) => clientError('AccessDeniedException', message),
  limitExceeded: (message: string) => clientError('LimitExceededException', message),
  resourceNotFound: (message: string) => clientError('ResourceNotFoundException', message),
  /** The same client token came with other parameters; `resourceIds` are the ARNs of the first request. */
  conflict: (message: string, resourceIds: readonly string[]) =>
    new ServiceError('ConflictException', message, { members: { resourceIds } }),
  invalidArn: (arn: string) => invalid(`Invalid arn: ${arn}`),
  taggedInactive: (kind: string) =>
    invalid(`The specified ${kind} is inactive. Specify an active ${kind} and try again.`),
  taggedNotFound: (kind: string) =>
    invalid(`The specified ${kind} was not found. Specify a valid ${kind} and try again.`),
  /** The account, cluster or family has as many as it may have. */
  quotaReached: (most: number, things: string) => client(`The limit of ${most} ${things} is reached.`),
  /** Tags belong to ARNs that name the cluster. */
  shortArn: () => invalid('Long arn format must be used for tagging operations'),
  unsupportedResourceType: (type: string) => invalid(`Unsupported resource type: ${type}`),
} as const;

const clusterErrors = {
  clusterNotFound: () => clientError('ClusterNotFoundException', 'Cluster not found.'),
  clusterInactive: () => clientError('ClusterNotFoundException', 'The referenced cluster was inactive.'),
  clusterNameInvalid: (name: string) =>
    invalid(`Cluster must match ^[a-zA-Z0-9\\-_]{1,255}$, but was ${name}`),
  clustersTooMany: () => invalid('Clusters cannot have more than 100 elements.'),
  logWithoutOverride: () => invalid("You must set logging to 'OVERRIDE' when you supply a log configuration"),
  overrideWithoutLog: () =>
    invalid(
      'A CloudWatch log group name or S3 bucket name must be specified when overriding the default log configuration',
    ),
  capacityProviderUnknown: () =>
    invalid('The specified capacity provider does not exist. Specify a valid name or ARN and try again.'),
  capacityProviderName: () =>
    invalid(
      'The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters (upper and lowercase), numbers, underscores, and hyphens. The name cannot be prefixed with "aws", "ecs", or "fargate".',
    ),
  capacityProviderFixed: () =>
    invalid('The FARGATE and FARGATE_SPOT capacity providers cannot be changed or deleted.'),
  capacityProviderExists: () =>
    client(
      'The specified capacity provider already exists. To change the configuration of an existing capacity provider, update the capacity provider.',
    ),
  /** Strategies know the providers of FARGATE alone. */
  unsupportedStrategy: (name: string) =>
    clientError(
      'UnsupportedFeatureException',
      `capacityProviderStrategy with the Managed Instances provider ${name} is not supported yet. Use launchType EC2 and a placement constraint on attribute:gantry.capacity-provider.`,
    ),
  clusterContainsProviders: () =>
    clientError(
      'ClusterContainsCapacityProviderException',
      'The Cluster cannot be deleted while Capacity Providers are active.',
    ),
  providerInUse: () =>
    clientError('ResourceInUseException', 'The specified capacity provider is in use and cannot be removed.'),
  severalDefaultBases: () =>
    invalid(
      'The specified capacity provider strategy contains multiple capacity providers with a base value defined.',
    ),
  clusterContainsInstances: () =>
    clientError(
      'ClusterContainsContainerInstancesException',
      'The Cluster cannot be deleted while Container Instances are active or draining.',
    ),
  clusterContainsServices: () =>
    clientError(
      'ClusterContainsServicesException',
      'The Cluster cannot be deleted while Services are active.',
    ),
  clusterContainsTasks: () =>
    clientError('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.'),
} as const;

const taskDefinitionErrors = {
  taskDefinitionUnknown: () => client('Unable to describe task definition.'),
  /** What RunTask, StartTask, CreateService and UpdateService say of an unknown definition. */
  taskDefinitionNotFound: () => client('TaskDefinition not found.'),
  taskDefinitionInactive: () => client('TaskDefinition is inactive'),
  revisionMissing: () => client('Revision is missing.'),
  revisionInvalid: (text: string) => invalid(`Invalid revision number. Number: ${text}`),
  /** The text is ours, after that of task definitions. */
  daemonDefinitionUnknown: () => client('Unable to describe daemon task definition.'),
  familyInvalid: () => invalid('family must match ^[a-zA-Z0-9\\-_]+$'),
} as const;

const taskErrors = {
  taskNotFound: () => invalid('The referenced task was not found.'),
  taskIdInvalid: () => invalid('Task Identifier is invalid'),
  tasksEmpty: () => invalid('Tasks cannot be empty.'),
  noContainerInstances: () => invalid('No Container Instances were found in your cluster.'),
  launchTypeIncompatible: (launchType: string) =>
    invalid(`Task definition does not support launch_type ${launchType}.`),
  constraintsOnFargate: () => invalid('Placement constraints are not supported with FARGATE launch type.'),
  strategiesOnFargate: () => invalid('Placement strategies are not supported with FARGATE launch type.'),
  overrideOfUnknownContainer: (name: string) =>
    invalid(`Override for container named ${name} is not a container in the TaskDefinition.`),
  overridesTooLong: () => invalid('Container Overrides length must be at most 8192'),
  overrideMemoryAboveTask: (name: string) =>
    invalid(`'memory' setting for container '${name}' is greater than for task.`),
  roleNotAssumable: (roleArn: string) =>
    client(
      `ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
    ),
  platformUnknown: () => clientError('PlatformUnknownException', 'The specified platform does not exist.'),
  platformIncompatible: () =>
    clientError(
      'PlatformTaskDefinitionIncompatibilityException',
      'One or more of the requested capabilities are not supported.',
    ),
  tokenConflict: (taskArns: readonly string[]) =>
    new ServiceError(
      'ConflictException',
      'An earlier request with the same client token asked for something else.',
      { members: { resourceIds: taskArns } },
    ),
  volumeNotConfigurable: (name: string) =>
    invalid(
      `The volume name '${name}' in your request does not have a matching volume in your Task Definition that is configurable at launch.`,
    ),
} as const;

/** Rules that RunTask, StartTask, CreateService and UpdateService share. */
const launchErrors = {
  networkConfigurationMissing: () =>
    invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified."),
  networkConfigurationNotValid: () =>
    invalid('Network Configuration is not valid for the given networkMode of this task definition.'),
  subnetsEmpty: () => invalid('subnets can not be empty.'),
  securityGroupBlank: () => invalid('security group cannot be blank'),
  subnetUnknown: (id: string) =>
    invalid(`Error retrieving subnet information for [${id}]: ${UNKNOWN_SUBNET(id)}`),
  securityGroupUnknown: (id: string) =>
    invalid(`Error retrieving security group information for [${id}]: ${UNKNOWN_GROUP(id)}`),
  publicIpNotSupported: () => invalid('Assign public IP is not supported for this launch type.'),
  platformVersionOnEc2: () =>
    invalid('The platform version must be null when specifying an EC2 launch type.'),
  launchTypeAndStrategy: () =>
    invalid(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    ),
  providerNotAssociated: () =>
    invalid(
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.',
    ),
  mixedProviders: () =>
    invalid(
      'A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers. Specify one or the other and try again.',
    ),
  severalBases: () =>
    invalid(
      'There are multiple capacity providers in the specified capacity provider strategy with a base value greater than zero. Only one capacity provider can have a base value greater than zero. Specify a valid capacity provider strategy and try again.',
    ),
  noWeight: () =>
    invalid(
      'There are no capacity providers in the capacity provider strategy with a weight value greater than zero. Specify a valid capacity provider strategy and try again.',
    ),
} as const;

/** ECS Exec: ExecuteCommand, and what starts tasks for it. */
const execErrors = {
  execInteractiveOnly: () => invalid('Interactive is the only mode supported currently.'),
  execTaskLength: () => invalid('task length should be one of [32,36]'),
  /** The apostrophe is the service's own. */
  execNotEnabled: () =>
    invalid(
      'The execute command failed because execute command was not enabled when the task was run or the execute command agent isn\u2019t running. Wait and try again or run a new task with execute command enabled and try again.',
    ),
  execNotConnected: () =>
    clientError(
      'TargetNotConnectedException',
      'The execute command failed due to an internal error. Try again later.',
    ),
  execTooMany: () => client(TOO_MANY_EXEC_SESSIONS),
  execTaskRole: () =>
    invalid(
      'The execute command failed because a valid task role is not being used. Specify a valid task role in your task definition or as a task override and try again.',
    ),
  execServiceTaskRole: (verb: 'created' | 'updated') =>
    invalid(
      `The service couldn't be ${verb} because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.`,
    ),
  /** The text is ours. */
  execContainerNeeded: () =>
    invalid('The task has several containers. Specify the name of the container and try again.'),
  /** The text is ours. */
  execContainerUnknown: (name: string) => invalid(`The task has no container named ${name}.`),
  /** The text is ours. */
} as const;

const serviceErrors = {
  serviceNotFound: () => clientError('ServiceNotFoundException', 'Service not found.'),
  serviceNotActive: () => clientError('ServiceNotActiveException', 'Service was not ACTIVE.'),
  serviceNotIdempotent: () => invalid('Creation of service was not idempotent.'),
  serviceDraining: () => invalid('Unable to Start a service that is still Draining.'),
  serviceScaled: () => invalid('The service cannot be stopped while it is scaled above 0.'),
  desiredCountMissing: () => invalid('DesiredCount is missing'),
  minimumAbove100: () => invalid('minimumHealthyPercent must be at most 100'),
  /** The text is ours. */
  notBalanceable: () =>
    invalid(
      'availabilityZoneRebalancing cannot be ENABLED for this service: it needs the REPLICA strategy, a maximumPercent above 100, no placement constraint on the Availability Zone, and a first placement strategy, if any, that spreads over Availability Zones.',
    ),
  daemonCount: () =>
    invalid(
      'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again',
    ),
  daemonMaximum: () =>
    invalid('The daemon scheduling strategy does not support values above 100 for maximumPercent.'),
  daemonStrategies: () => invalid('The daemon scheduling strategy does not support placement strategies.'),
  /** The text is ours. */
  daemonController: () =>
    invalid('The daemon scheduling strategy is only supported with the ECS deployment controller.'),
  taskDefinitionOfExternal: () =>
    invalid('TaskDefinition must be blank when the deployment controller is EXTERNAL.'),
  loadBalancersOfExternal: () =>
    invalid('LoadBalancers must be empty or null when the deployment controller is EXTERNAL.'),
  /** The text is ours. */
  memberOfExternal: (member: string) =>
    invalid(`${member} cannot be set on services with an EXTERNAL or CODE_DEPLOY deployment controller.`),
  /** The text is ours. */
  breakerWithoutController: () =>
    invalid(
      'The deployment circuit breaker, alarms, lifecycle hooks and early success criteria are only supported with the ECS deployment controller.',
    ),
  codeDeployWithoutLoadBalancer: () =>
    invalid(
      'For a CODE_DEPLOY deployment controller the service requires an Application Load Balancer or Network Load Balancer',
    ),
  codeDeployTaskDefinition: () =>
    invalid(
      'Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.',
    ),
  codeDeployNetwork: () =>
    invalid(
      'Unable to update network parameters on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.',
    ),
  codeDeployForce: () =>
    invalid(
      'Cannot force a new deployment on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.',
    ),
  taskSetNotFound: () => clientError('TaskSetNotFoundException', 'The specified task set was not found.'),
  /** The text is ours. */
  taskSetsNotSupported: () =>
    invalid('Task sets are only supported for services with an EXTERNAL deployment controller.'),
  /** The text is ours. */
  taskSetScaled: () => invalid('The task set cannot be deleted while it is scaled above 0.'),
  /** The text is ours. */
  daemonOnFargate: () =>
    invalid('The daemon scheduling strategy does not support the FARGATE launch type or capacity providers.'),
  deploymentBlocked: () =>
    invalid('Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments'),
  gracePeriodWithoutLoadBalancer: () =>
    invalid('Health check grace period is only valid for services configured to use load balancers'),
  loadBalancerContainerUnknown: (name: string) =>
    invalid(`The container ${name} does not exist in the task definition.`),
  loadBalancerPortUnknown: (name: string, port: number) =>
    invalid(`The container ${name} did not have a container port ${port} defined.`),
} as const;

const serviceDeploymentErrors = {
  serviceDeploymentNotFound: () =>
    clientError('ServiceDeploymentNotFoundException', 'The service deployment does not exist.'),
  /** The text is ours, after that of ContinueServiceDeployment. */
  serviceDeploymentOver: (arn: string) =>
    new ServiceError(
      'ConflictException',
      'Stopping a service deployment is not allowed for service deployment in terminal states.',
      { members: { resourceIds: [arn] } },
    ),
  hookIdInvalid: () => invalid('Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}'),
  hookUnavailable: () =>
    invalid(
      'Provided hookId is either completed, unavailable, or not associated with the given Resource ARN',
    ),
  continueTerminal: () =>
    invalid('Continuing a service deployment is not allowed for service deployment in terminal states.'),
  hookStageInvalid: () => invalid('Invalid lifecycle stage provided for Pause Hook'),
  hookTargetInvalid: () => invalid('Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE'),
  /** The text is ours. */
  namespaceNotFound: () =>
    clientError('NamespaceNotFoundException', 'The specified namespace was not found.'),
} as const;

const daemonErrors = {
  daemonNotFound: () => clientError('DaemonNotFoundException', 'Daemon not found.'),
  daemonNotActive: () => clientError('DaemonNotActiveException', 'Daemon was not ACTIVE.'),
  /** The text is ours. */
  daemonExists: () => invalid('Creation of daemon was not idempotent.'),
  daemonNameInvalid: (name: string) =>
    invalid(`daemonName must match ^[a-zA-Z0-9\\-_]{1,255}$, but was ${name}`),
  daemonProvidersEmpty: () => invalid('capacityProviderArns cannot be empty.'),
  /** The text is ours. */
  daemonProvider: (arn: string) =>
    invalid(
      `Daemons are only supported for Managed Instances capacity providers that are associated with the cluster: ${arn}`,
    ),
  daemonDefinitionInactive: () => client('Daemon task definition is not ACTIVE.'),
} as const;

const instanceErrors = {
  instanceNotFound: () => invalid('The referenced container instance was not found.'),
  /** What DeregisterContainerInstance says of an unknown one. */
  referencedInstanceNotFound: (id: string) => client(`Referenced container instance ${id} not found.`),
  instancesEmpty: () => invalid('Container instances cannot be empty.'),
  instancesTooMany: (most: number) => invalid(`Container instances cannot have more than ${most} elements.`),
  instanceHasTasks: () => invalid('Found running tasks on the instance.'),
  instanceStatus: () => invalid('Container instance status should be one of [ACTIVE, DRAINING]'),
  /** `where` names the member, `position` counts characters from 1. AWS's own text is not documented. */
  expressionInvalid: (where: string, { position, message }: { position: number; message: string }) =>
    invalid(`${where} is not a valid expression: ${message} (character ${position}).`),
  noAgentUpdate: () =>
    clientError('NoUpdateAvailableException', 'There is no update available for your container agent.'),
  agentVersionUnknown: () =>
    clientError(
      'MissingVersionException',
      "Amazon ECS can't determine the current version of the Amazon ECS container agent on the container instance and does not have enough information to proceed with an update.",
    ),
  attributesEmpty: () => invalid('attributes can not be empty'),
  attributeTargetType: () => invalid('targetType must be container-instance'),
  attributeTargetUnknown: (id: string) => clientError('TargetNotFoundException', `Could not find ${id}`),
  attributesTooMany: () =>
    clientError(
      'AttributeLimitExceededException',
      'You can apply up to 10 custom attributes for each resource.',
    ),
  instanceTypeChanged: () => client('Container instance type changes are not supported.'),
  instanceNotRegistered: (id: string) => client(`Referenced container instance ${id} not registered.`),
  instanceInactive: (id: string) => client(`Container instance ${id} is inactive.`),
} as const;

/**
 * Every error of the ECS operations, with the code and the literal text of the service: one table, so that a text is
 * written once.
 */
export const ecsErrors = {
  ...generalErrors,
  ...clusterErrors,
  ...taskDefinitionErrors,
  ...taskErrors,
  ...launchErrors,
  ...execErrors,
  ...serviceErrors,
  ...serviceDeploymentErrors,
  ...daemonErrors,
  ...instanceErrors,
} as const;
