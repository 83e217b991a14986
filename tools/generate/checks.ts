import type { ServiceTable } from '../../src/shapes/table.ts';
import type { ExpectedCounts, ServiceSource } from './services.ts';

/** Single facts that every good model shows: `Shape.member` and its type, with `!` when it is required. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  ecs: [
    'RunTaskRequest.taskDefinition string!',
    'RunTaskRequest.launchType LaunchType',
    'AwsVpcConfiguration.subnets [string]!',
    'Task.createdAt timestamp',
    'Task.version long',
    'TaskDefinition.compatibilities [Compatibility]',
    'DeploymentLifecycleHook.hookDetails document',
    'DiscoverPollEndpointRequest.zoneId string',
  ],
  ecr: ['UploadLayerPartRequest.layerPartBlob blob!', 'Repository.createdAt timestamp'],
  logs: ['PutLogEventsRequest.logEvents InputLogEvents!', 'InputLogEvent.timestamp long!'],
  iam: ['Role.CreateDate timestamp!', 'CreateRoleRequest.RoleName string!'],
  sts: ['AssumeRoleRequest.RoleArn string!', 'Credentials.Expiration timestamp!'],
  ec2: ['Vpc.VpcId string', 'Vpc.State VpcState', 'DescribeVpcsRequest.Filters FilterList'],
};

/** What a model has of each thing. */
export function countsOf(table: ServiceTable): ExpectedCounts {
  const shapes = Object.values(table.shapes);
  const structures = shapes.filter((shape) => shape.kind === 'structure' || shape.kind === 'union');
  return {
    operations: Object.keys(table.operations).length,
    structures: structures.length,
    errors: shapes.filter((shape) => shape.kind === 'error').length,
    enums: shapes.filter((shape) => shape.kind === 'enum').length,
    enumLinks: structures
      .flatMap((shape) => ('members' in shape ? Object.values(shape.members) : []))
      .filter((member) => holdsEnum(table, member.type)).length,
  };
}

/** Every way in which a model falls short; empty when it is good. */
export function shortcomings(table: ServiceTable, source: ServiceSource): string[] {
  const counts = countsOf(table);
  const low = (Object.keys(counts) as (keyof ExpectedCounts)[])
    .filter((key) => counts[key] < source.expect[key])
    .map((key) => `${source.name}: only ${counts[key]} ${key}, expected ${source.expect[key]} or more`);
  const wrong = (KNOWN[source.name] ?? [])
    .filter((fact) => !holds(table, fact))
    .map((fact) => `${source.name}: not true any more: ${fact}`);
  const empty = Object.entries(table.shapes)
    .filter(([, shape]) => shape.kind === 'enum' && shape.values.length === 0)
    .map(([name]) => `${source.name}: enum ${name} has no values`);
  return [...low, ...wrong, ...empty];
}

function holdsEnum(table: ServiceTable, type: string): boolean {
  const shape = table.shapes[type];
  if (shape === undefined) return false;
  if (shape.kind === 'list') return holdsEnum(table, shape.element.type);
  if (shape.kind === 'map') return holdsEnum(table, shape.value.type);
  return shape.kind === 'enum';
}

function holds(table: ServiceTable, fact: string): boolean {
  const [key = '', typeMark = ''] = fact.split(' ');
  const [structure = '', name = ''] = key.split('.');
  const shape = table.shapes[structure];
  const member = shape !== undefined && 'members' in shape ? shape.members[name] : undefined;
  return member !== undefined && `${member.type}${member.required ? '!' : ''}` === typeMark;
}
