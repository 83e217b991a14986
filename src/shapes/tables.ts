import type { ServiceTable } from './table.ts';

/** Our names of the services whose shapes are generated. */
export const SERVICE_NAMES = [
  'ecs',
  'ecr',
  'logs',
  'iam',
  'sts',
  'ec2',
  'secretsmanager',
  'ssm',
  's3',
] as const;

/** One of `SERVICE_NAMES`. */
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Reads the tables of a service. Takes some milliseconds: keep the answer. */
export async function loadTable(service: ServiceName): Promise<ServiceTable> {
  const module = await MODULES[service]();
  return JSON.parse(module.TABLE) as ServiceTable;
}

const MODULES: Readonly<Record<ServiceName, () => Promise<{ readonly TABLE: string }>>> = {
  ecs: () => import('./generated/ecs-table.ts'),
  ecr: () => import('./generated/ecr-table.ts'),
  logs: () => import('./generated/logs-table.ts'),
  iam: () => import('./generated/iam-table.ts'),
  sts: () => import('./generated/sts-table.ts'),
  ec2: () => import('./generated/ec2-table.ts'),
  secretsmanager: () => import('./generated/secretsmanager-table.ts'),
  ssm: () => import('./generated/ssm-table.ts'),
  s3: () => import('./generated/s3-table.ts'),
};
