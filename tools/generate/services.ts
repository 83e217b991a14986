/** A service whose shapes are generated, and the fewest of each thing its model must still have. */
export interface ServiceSource {
  /** Our name: the file name, the prefix of IAM actions. */
  readonly name: string;
  /** The npm package that carries the model. */
  readonly packageName: string;
  /** The type that lists its operations, e.g. `EcsOperations`. */
  readonly operationsType: string;
  /** When present, only these operations keep their shapes; of the others the name stays. */
  readonly only?: readonly string[];
  /** Numbers have no more type than this in the package. See `overlay.ts` for the exceptions. */
  readonly numberType: 'integer' | 'long';
  /** A model with less than this is a sign that the package's layout changed. */
  readonly expect: ExpectedCounts;
}

/** Lower bounds that the generated model has to meet. */
export interface ExpectedCounts {
  readonly operations: number;
  readonly structures: number;
  readonly errors: number;
  readonly enums: number;
  /** Members whose type is an enum, or a list or map of one. */
  readonly enumLinks: number;
}

/** The services that we answer for. */
export const SERVICES: readonly ServiceSource[] = [
  {
    name: 'ecs',
    packageName: '@aws-sdk/client-ecs',
    operationsType: 'EcsOperations',
    numberType: 'integer',
    expect: { operations: 88, structures: 411, errors: 31, enums: 118, enumLinks: 211 },
  },
  {
    name: 'ecr',
    packageName: '@aws-sdk/client-ecr',
    operationsType: 'EcrOperations',
    numberType: 'long',
    expect: { operations: 62, structures: 183, errors: 50, enums: 30, enumLinks: 53 },
  },
  {
    name: 'logs',
    packageName: '@aws-sdk/client-cloudwatch-logs',
    operationsType: 'LogsOperations',
    numberType: 'long',
    expect: { operations: 118, structures: 322, errors: 21, enums: 44, enumLinks: 104 },
  },
  {
    name: 'iam',
    packageName: '@aws-sdk/client-iam',
    operationsType: 'IamOperations',
    numberType: 'integer',
    expect: { operations: 180, structures: 335, errors: 38, enums: 29, enumLinks: 54 },
  },
  {
    name: 'sts',
    packageName: '@aws-sdk/client-sts',
    operationsType: 'StsOperations',
    numberType: 'integer',
    expect: { operations: 11, structures: 28, errors: 12, enums: 0, enumLinks: 0 },
  },
  {
    name: 'ec2',
    packageName: '@aws-sdk/client-ec2',
    operationsType: 'Ec2Operations',
    numberType: 'integer',
    only: [
      'DescribeVpcs',
      'DescribeSubnets',
      'DescribeSecurityGroups',
      'DescribeNetworkInterfaces',
      'DescribeAvailabilityZones',
      'DescribeInstances',
      'DescribeRouteTables',
      'DescribeVpcAttribute',
      'DescribeAccountAttributes',
    ],
    expect: { operations: 9, structures: 98, errors: 0, enums: 47, enumLinks: 55 },
  },
  {
    name: 'secretsmanager',
    packageName: '@aws-sdk/client-secrets-manager',
    operationsType: 'SecretsManagerOperations',
    numberType: 'long',
    expect: { operations: 23, structures: 50, errors: 10, enums: 3, enumLinks: 3 },
  },
  {
    name: 'ssm',
    packageName: '@aws-sdk/client-ssm',
    operationsType: 'SsmOperations',
    numberType: 'long',
    only: [
      'AddTagsToResource',
      'DeleteParameter',
      'DeleteParameters',
      'DescribeParameters',
      'GetParameter',
      'GetParameterHistory',
      'GetParameters',
      'GetParametersByPath',
      'LabelParameterVersion',
      'ListTagsForResource',
      'PutParameter',
      'RemoveTagsFromResource',
      'ResumeSession',
      'TerminateSession',
      'UnlabelParameterVersion',
    ],
    expect: { operations: 15, structures: 24, errors: 10, enums: 3, enumLinks: 3 },
  },
  {
    name: 's3',
    packageName: '@aws-sdk/client-s3',
    operationsType: 'S3Operations',
    numberType: 'long',
    expect: { operations: 112, structures: 250, errors: 10, enums: 50, enumLinks: 100 },
  },
];
