import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';

type Shapes = EcsOperations['DiscoverPollEndpoint'];

/** Tells an agent where to open its two websockets; it adds `ws?…` to each. The same for every host and zone. (INS-10) */
export const discoverPollEndpoint: Operation<Shapes['input'], Shapes['output']> = ({ installation }) => ({
  endpoint: `${installation.endpointUrl}/acs/`,
  telemetryEndpoint: `${installation.endpointUrl}/tcs/`,
});
