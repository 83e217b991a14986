import type {
  CreateManagedInstancesProviderConfiguration,
  InstanceLaunchTemplate,
  ManagedInstancesProvider,
} from '../../shapes/generated/ecs.ts';
import { ecsErrors } from './errors.ts';

const ROLE_ARN = /^arn:[^:]+:iam::\d{12}:role\/.+$/;

/** Members that say what instances to launch, and when to end them: nothing here does either. (CAP-4) */
const UNSUPPORTED: readonly (keyof CreateManagedInstancesProviderConfiguration)[] = [
  'infrastructureOptimization',
  'autoRepairConfiguration',
];
const UNSUPPORTED_OF_TEMPLATE: readonly (keyof InstanceLaunchTemplate)[] = [
  'storageConfiguration',
  'localStorageConfiguration',
  'monitoring',
  'capacityOptionType',
  'instanceMetadataTagsPropagation',
  'instanceRequirements',
  'fipsEnabled',
  'capacityReservations',
];

/** Reads a Managed Instances configuration: the required members are kept, the others are refused by name. (CAP-4) */
export function readManagedInstances(
  input: CreateManagedInstancesProviderConfiguration,
): ManagedInstancesProvider {
  const { infrastructureRoleArn, instanceLaunchTemplate } = input;
  if (!ROLE_ARN.test(infrastructureRoleArn))
    throw ecsErrors.invalid(`infrastructureRoleArn is not the ARN of a role: ${infrastructureRoleArn}`);
  if (input.propagateTags === 'CAPACITY_PROVIDER') throw refused('propagateTags CAPACITY_PROVIDER');
  for (const member of UNSUPPORTED) if ((input[member] ?? undefined) !== undefined) throw refused(member);
  for (const member of UNSUPPORTED_OF_TEMPLATE) {
    if ((instanceLaunchTemplate[member] ?? undefined) !== undefined)
      throw refused(`instanceLaunchTemplate.${member}`);
  }
  const { ec2InstanceProfileArn, networkConfiguration } = instanceLaunchTemplate;
  return {
    infrastructureRoleArn,
    instanceLaunchTemplate: { ec2InstanceProfileArn, networkConfiguration },
    propagateTags: 'NONE',
  };
}

const refused = (member: string) => ecsErrors.unsupportedFeature(`managedInstancesProvider.${member}`);
