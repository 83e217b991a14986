/** A volume of the engine's. */
export interface VolumeState {
  /** Unique on the host. */
  readonly name: string;
  readonly driver: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A volume to make. */
export interface VolumeSpec extends VolumeState {
  /** The task that it goes with; absent: it outlives every task. */
  readonly taskId?: string | undefined;
}
