import type {
  DiscoverResponse,
  RegisterRequest,
  RegisterResponse,
  TaskStateChange,
} from '../link/ecs-calls.ts';
import { isRecord } from '../link/envelope.ts';
import { type AwsCaller, awsCall, ECS_API } from './aws-call.ts';
import type { OwnKey } from './own-key.ts';

/** The ECS operations that an agent calls, each one attempt. */
export interface EcsApi {
  register(request: RegisterRequest): Promise<RegisterResponse>;
  discover(cluster: string, containerInstanceArn: string): Promise<DiscoverResponse>;
  submitTask(change: TaskStateChange): Promise<void>;
  /** The tags of a resource as a map. */
  tags(resourceArn: string): Promise<Readonly<Record<string, string>>>;
}

/** Calls ECS at `endpointUrl`. */
export function ecsApi(caller: AwsCaller, endpointUrl: string, credentials: OwnKey): EcsApi {
  const invoke = (operation: string, input: object) =>
    awsCall(caller, { api: ECS_API, endpointUrl, operation, credentials, input });
  return {
    register: (request) => invoke('RegisterContainerInstance', request),
    discover: (cluster, containerInstance) =>
      invoke('DiscoverPollEndpoint', { cluster, containerInstance, zoneId: '' }),
    submitTask: async (change) => {
      await invoke('SubmitTaskStateChange', change);
    },
    tags: async (resourceArn) => {
      const { tags } = await invoke('ListTagsForResource', { resourceArn });
      const list = Array.isArray(tags) ? tags.filter(isRecord) : [];
      return Object.fromEntries(list.map((tag) => [String(tag['key']), String(tag['value'] ?? '')]));
    },
  };
}
