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
  'ECS Exec': ['ExecuteCommand'],
};

/** Operations whose model knows no UnsupportedFeatureException: SDKs have no type for it there. */
const WITHOUT_THE_EXCEPTION: ReadonlySet<string> = new Set<keyof EcsOperations>(['ExecuteCommand']);

/** Operations that are refused by the name of their feature. (UNS-1) */
export const refusedOperations: EcsOperationRecord = Object.fromEntries(
  Object.entries(FEATURES).flatMap(([feature, names]) =>
    names.map((name) => [name, refusal(feature, name)] as const),
  ),
);

function refusal(feature: string, name: string): () => never {
  return () => {
    const text = `${name} (${feature})`;
    throw WITHOUT_THE_EXCEPTION.has(name)
      ? ecsErrors.unsupportedMember(text)
      : ecsErrors.unsupportedFeature(text);
  };
}
