import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';

type Shapes = EcsOperations['DiscoverPollEndpoint'];

/**
 * Tells an agent where to open its two websockets; it adds `ws?…` to each. It is the address by which the agent reached
 * us just now, which is right whatever we are called on its network. (INS-10)
 */
export const discoverPollEndpoint: Operation<Shapes['input'], Shapes['output']> = ({
  installation,
  origin,
}) => ({
  endpoint: `${origin ?? installation.endpointUrl}/acs/`,
  telemetryEndpoint: `${origin ?? installation.endpointUrl}/tcs/`,
});
