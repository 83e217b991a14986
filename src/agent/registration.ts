import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Rng } from '../lib/rng.ts';
import type { AgentAttribute, AgentResource } from '../link/ecs-calls.ts';
import { AwsError } from './aws-call.ts';
import { backoffMs, REGISTER_BACKOFF } from './backoff.ts';
import type { EcsApi } from './ecs-api.ts';
import { pause } from './pause.ts';

/** What a registration offers. */
export interface Registration {
  readonly cluster: string;
  /** Of the last run. */
  readonly containerInstanceArn?: string | undefined;
  readonly totalResources: readonly AgentResource[];
  readonly platformDevices?: readonly { readonly id: string; readonly type: 'GPU' }[] | undefined;
  readonly attributes: readonly AgentAttribute[];
}

/** What came of it. */
export interface Registered {
  /** The token of the registration; it names this start of the agent to its sessions. (HARD-41) */
  readonly run: string;
  readonly containerInstanceArn: string;
  readonly availabilityZone?: string | undefined;
  readonly vpcId?: string | undefined;
}

/** The control plane refuses this host, and trying again would not change that. */
export class RegistrationRefused extends Error {}

/** Refusals that end the agent, as they end the ECS agent. (AGT-1) */
const TERMINAL_CODES: ReadonlySet<string> = new Set(['InvalidParameterException', 'ClientException']);

/** Registers, and tries until it works: a control plane that is not there yet is no error. (AGT-1) */
export async function register(
  deps: {
    readonly api: EcsApi;
    readonly clock: Clock;
    readonly ids: Ids;
    readonly log: Log;
    readonly rng: Rng;
  },
  registration: Registration,
  signal: AbortSignal,
): Promise<Registered> {
  const clientToken = deps.ids.uuid();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { containerInstance } = await deps.api.register({
        ...registration,
        clientToken,
        instanceIdentityDocument: '',
        instanceIdentityDocumentSignature: '',
      });
      const arn = containerInstance?.containerInstanceArn;
      if (arn === undefined) throw new Error('the answer to the registration holds no instance');
      const attribute = (wanted: string): string | undefined =>
        containerInstance?.attributes?.find(({ name }) => name === wanted)?.value;
      return {
        run: clientToken,
        containerInstanceArn: arn,
        availabilityZone: attribute('ecs.availability-zone'),
        vpcId: attribute('ecs.vpc-id'),
      };
    } catch (error) {
      if (error instanceof AwsError && TERMINAL_CODES.has(error.code)) {
        throw new RegistrationRefused(`${error.code}: ${error.message}`, { cause: error });
      }
      if (signal.aborted) throw error;
      deps.log.info('agent.not-registered', { attempt, error: String(error) });
      await pause(deps.clock, backoffMs(REGISTER_BACKOFF, attempt, deps.rng), signal);
      if (signal.aborted) throw error;
    }
  }
}
