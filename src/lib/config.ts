/** Settings of one installation that the API and the controllers read. Fixed while it runs. */
export interface Installation {
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
  /** Where clients reach us, e.g. `http://127.0.0.1:7070`. */
  readonly endpointUrl: string;
  /** Where the data channels of ECS Exec are, e.g. `ws://127.0.0.1:7070`; at `endpointUrl` when absent. */
  readonly execStreamUrl?: string | undefined;
}
