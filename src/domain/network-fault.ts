/** A fault in the network of a task. Addresses are of IPv4 or IPv6, or blocks of them. */
export type NetworkFault =
  /** What goes to the port is dropped, but for what comes from (ingress) or goes to (egress) the exempt. */
  | {
      readonly kind: 'blackhole-port';
      readonly port: number;
      readonly protocol: 'tcp' | 'udp';
      readonly direction: 'ingress' | 'egress';
      readonly exempt: readonly string[];
    }
  /** What goes there is late. */
  | {
      readonly kind: 'latency';
      readonly delayMs: number;
      readonly jitterMs: number;
      readonly toward: readonly string[];
      readonly exempt: readonly string[];
    }
  /** Of what goes there, so much is lost. */
  | {
      readonly kind: 'packet-loss';
      /** 1 to 100. */
      readonly lossPercent: number;
      readonly toward: readonly string[];
      readonly exempt: readonly string[];
    };

/** What tells a fault of a task from its others, e.g. `latency` or `ingress-tcp-80`. */
export const faultName = (fault: NetworkFault): string =>
  fault.kind === 'blackhole-port' ? `${fault.direction}-${fault.protocol}-${fault.port}` : fault.kind;

/** The task whose network a fault is about. */
export interface FaultTask {
  readonly taskId: string;
  readonly networkMode: 'awsvpc' | 'bridge' | 'host' | 'none';
}

/** Makes and ends faults; one change of a task at a time. */
export interface TaskFaults {
  /** Names of the faults that run, as `faultName` makes them. */
  running(task: FaultTask): Promise<ReadonlySet<string>>;
  /** One of its name must not run. */
  start(task: FaultTask, fault: NetworkFault): Promise<void>;
  /** By its name. One that does not run is no error. */
  stop(task: FaultTask, name: string): Promise<void>;
  /** Ends what the task has made itself. In host mode it would outlive the task. */
  clear(task: FaultTask): Promise<void>;
  /** Ends what tasks of this owner that are not among these have made in the host's own network. */
  retain(taskIds: readonly string[]): Promise<void>;
}
