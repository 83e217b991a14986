/** An amount of what a host has, or a task holds. Ports are host ports. */
export interface Resources {
  readonly cpuUnits: number;
  readonly memoryMib: number;
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
  /** The host's own ids of its GPUs; absent means none. */
  readonly gpuIds?: readonly string[] | undefined;
}

/** Nothing at all. */
export const NO_RESOURCES: Resources = { cpuUnits: 0, memoryMib: 0, tcpPorts: [], udpPorts: [] };
