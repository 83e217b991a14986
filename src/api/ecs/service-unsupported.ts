import type {
  CreateServiceRequest,
  DeploymentConfiguration,
  UpdateServiceRequest,
} from '../../shapes/generated/ecs.ts';
import { ecsErrors } from './errors.ts';

/** Members of both requests. */
type ServiceRequest = CreateServiceRequest & UpdateServiceRequest;

type Unsupported<Shape> = {
  readonly [Member in keyof Shape]?: (value: NonNullable<Shape[Member]>) => boolean;
};

/** Members of services that nothing acts on yet, with the values that ask for nothing. To support one, delete its line. (SVC-3) */
const OF_SERVICE: Unsupported<ServiceRequest> = {
  loadBalancers: isEmpty,
  serviceRegistries: isEmpty,
  serviceConnectConfiguration: ({ enabled }) => !enabled,
  volumeConfigurations: isEmpty,
  vpcLatticeConfigurations: isEmpty,
  gatewayConnectors: isEmpty,
  monitoring: isEmpty,
  role: isEmpty,
};

const OF_DEPLOYMENT: Unsupported<DeploymentConfiguration> = {
  strategy: (strategy) => strategy === 'ROLLING',
  linearConfiguration: isEmpty,
  canaryConfiguration: isEmpty,
};

/** Refuses, by its name, the first member that asks for what is not there yet. (SVC-3) */
export function refuseUnsupported(request: Partial<ServiceRequest>): void {
  const member = firstAsked(OF_SERVICE, request);
  if (member !== undefined) throw ecsErrors.unsupportedFeature(member);
  const inDeployment = firstAsked(OF_DEPLOYMENT, request.deploymentConfiguration ?? {});
  if (inDeployment !== undefined)
    throw ecsErrors.unsupportedFeature(`deploymentConfiguration.${inDeployment}`);
}

function firstAsked<Shape extends object>(table: Unsupported<Shape>, shape: Shape): string | undefined {
  for (const member of Object.keys(table) as (keyof Shape & string)[]) {
    const value = shape[member];
    if (value === undefined || value === null) continue;
    if (table[member]?.(value as NonNullable<typeof value>) === false) return member;
  }
  return undefined;
}

/** True for null, false, 0, "", and for lists and structures that hold nothing else. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}
