import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import { ecsErrors } from './errors.ts';
import type { EcsOperationRecord } from './operation-record.ts';

type Refused = readonly (keyof EcsOperations)[];

/** Features that are not there, with the operations that are nothing without them. (UNS-1) */
const FEATURES: Readonly<Record<string, Refused>> = {
  'Express Mode': [
    'CreateExpressGatewayService',
    'DeleteExpressGatewayService',
    'DescribeExpressGatewayService',
    'UpdateExpressGatewayService',
  ],
  Gateways: [
    'AssociateGatewayWithCluster',
    'CreateGateway',
    'DeleteGateway',
    'DescribeGateway',
    'DescribeGatewayResources',
    'DescribeGatewayRoute',
    'DisassociateGatewayFromCluster',
    'ListGatewayClusterAssociations',
    'ListGatewayRoutes',
    'ListGateways',
    'UpdateGateway',
  ],
};

/** Operations that are refused by the name of their feature. (UNS-1) */
export const refusedOperations: EcsOperationRecord = Object.fromEntries(
  Object.entries(FEATURES).flatMap(([feature, names]) =>
    names.map((name) => [name, refusal(feature, name)] as const),
  ),
);

function refusal(feature: string, name: string): () => never {
  return () => {
    throw ecsErrors.unsupportedFeature(`${name} (${feature})`);
  };
}
