import { clientError } from '../../lib/service-error.ts';

/** Every error of the EC2 operations, with the code and the text of the service. */
export const ec2Errors = {
  vpcNotFound: (id: string) => clientError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`),
  subnetNotFound: (id: string) =>
    clientError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`),
  groupNotFound: (id: string) =>
    clientError('InvalidGroup.NotFound', `The security group '${id}' does not exist`),
  networkInterfaceNotFound: (id: string) =>
    clientError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`),
  instanceNotFound: (id: string) =>
    clientError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`),
  /** `parameter` is the member's own name in EC2, e.g. `maxResults`; `detail` is a whole sentence. */
  invalidParameterValue: (value: string, parameter: string, detail: string) =>
    clientError('InvalidParameterValue', `Value (${value}) for parameter ${parameter} is invalid. ${detail}`),
  invalidZone: (name: string) => clientError('InvalidParameterValue', `Invalid availability zone: [${name}]`),
  unknownFilter: (name: string) => clientError('InvalidParameterValue', `The filter '${name}' is invalid`),
  unsupportedMember: (member: string) =>
    clientError('UnsupportedOperation', `${member} is not supported yet.`),
  parameterCombination: (message: string) => clientError('InvalidParameterCombination', message),
  dryRun: () => clientError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.'),
} as const;
