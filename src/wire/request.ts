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
  /** The URL under which the client reached us, without a path; undefined when it named no usable host. */
  readonly origin?: string | undefined;
}

/** A name, an IPv4 address or an IPv6 address in brackets, and perhaps a port. */
const HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** The origin of a request by its Host header. (WIR-19) */
export const originOf = (host: string | undefined, isSecure: boolean): string | undefined =>
  host !== undefined && HOST.test(host) ? `${isSecure ? 'https' : 'http'}://${host}` : undefined;

/** The value of a header; of repeated ones the values joined by commas. */
export function headerOf(request: Pick<WireRequest, 'headers'>, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' || value === undefined ? value : value.join(',');
}
