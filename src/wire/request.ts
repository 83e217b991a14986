/** A request to the AWS port, whole, as the HTTP server received it. */
export interface WireRequest {
  readonly method: string;
  /** The path as sent, still encoded. */
  readonly path: string;
  /** What stands after the question mark, as sent. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The address that the request came from. */
  readonly sourceIp?: string | undefined;
}

/** The value of a header; of repeated ones the values joined by commas. */
export function headerOf(request: Pick<WireRequest, 'headers'>, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' || value === undefined ? value : value.join(',');
}
