import { HEALTH_OUTPUT_MAX_LENGTH, HEALTH_RESULTS_MAX_COUNT } from '../../domain/health-check.ts';
import type { ContainerState, PortBinding } from '../driver.ts';
import { LABELS } from './labels.ts';

/** The part of the engine's "inspect container" that the driver reads. */
export interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  /** The image's id. */
  readonly Image: string;
  readonly LogPath?: string;
  readonly HostsPath?: string;
  readonly ResolvConfPath?: string;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly OOMKilled: boolean;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly Error: string;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly Health?: {
      readonly Status: string;
      readonly Log?:
        | readonly { readonly End: string; readonly ExitCode: number; readonly Output: string }[]
        | null;
    };
  };
  readonly Config: { readonly Image: string; readonly Labels?: Readonly<Record<string, string>> | null };
  readonly HostConfig: {
    readonly CgroupParent?: string;
    readonly NetworkMode: string;
    readonly LogConfig?: { readonly Type: string };
  };
  readonly NetworkSettings: {
    readonly Ports?: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
    > | null;
    readonly Networks?: Readonly<
      Record<string, { readonly IPAddress: string; readonly Gateway: string }>
    > | null;
  };
}

/** Reads what the engine says of a container. */
export function containerState(inspected: InspectedContainer): ContainerState {
  const { State: state, Config: config } = inspected;
  const labels = config.Labels ?? {};
  const status = statusOf(inspected);
  return {
    runtimeId: inspected.Id,
    taskId: labels[LABELS.taskId] ?? '',
    containerName: labels[LABELS.containerName] ?? '',
    labels,
    status,
    // After a refused start the engine shows the code of its own helper, which is no exit of the program.
    exitCode: status === 'exited' ? state.ExitCode : undefined,
    wasOutOfMemory: state.OOMKilled,
    error: state.Error === '' ? undefined : state.Error,
    createdAtMs: instantMs(inspected.Created),
    startedAtMs: instantMs(state.StartedAt),
    finishedAtMs: status === 'exited' ? instantMs(state.FinishedAt) : undefined,
    ...health(state),
    portBindings: portBindings(inspected),
    bridgeAddress: bridgeAddress(inspected),
    image: config.Image,
    imageId: inspected.Image,
  };
}

function statusOf({ State: state }: InspectedContainer): ContainerState['status'] {
  if (state.Running) return 'running';
  return state.Status === 'created' ? 'created' : 'exited';
}

function health({
  Health,
  Running,
}: InspectedContainer['State']): Pick<ContainerState, 'health' | 'healthChecks'> {
  const status = Health?.Status;
  const isTold = Running && (status === 'starting' || status === 'healthy' || status === 'unhealthy');
  const results = (Health?.Log ?? []).slice(-HEALTH_RESULTS_MAX_COUNT);
  return {
    ...(isTold && { health: status }),
    ...(results.length > 0 && {
      healthChecks: results.map(({ End, ExitCode, Output }) => ({
        endedAtMs: instantMs(End) ?? 0,
        exitCode: ExitCode,
        output: Output.slice(0, HEALTH_OUTPUT_MAX_LENGTH),
      })),
    }),
  };
}

function portBindings({ NetworkSettings: { Ports: ports } }: InspectedContainer): readonly PortBinding[] {
  return Object.entries(ports ?? {}).flatMap(([port, bindings]) =>
    (bindings ?? [])
      .filter(({ HostIp }) => !HostIp.includes(':'))
      .map(({ HostIp, HostPort }) => ({
        bindIp: HostIp,
        containerPort: Number.parseInt(port, 10),
        hostPort: Number(HostPort),
        protocol: port.endsWith('/udp') ? ('udp' as const) : ('tcp' as const),
      })),
  );
}

function bridgeAddress({ NetworkSettings: { Networks: networks } }: InspectedContainer): string | undefined {
  const address = Object.values(networks ?? {})[0]?.IPAddress;
  return address === undefined || address === '' ? undefined : address;
}

/** The engine writes the year 1 for "never". */
function instantMs(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms <= 0 ? undefined : ms;
}
