/** Whose mistake it was. Decides the HTTP status when the model gives none: 400 or 500. */
export type Fault = 'client' | 'server';

/**
 * An error that a caller of the API sees. `code` is the shape name of the AWS error
 * (`ClusterNotFoundException`); the wire turns it into the protocol's envelope, with the query code and
 * the HTTP status of the model. `members` are further members of the error's structure.
 */
export class ServiceError extends Error {
  readonly code: string;
  readonly fault: Fault;
  readonly members: Readonly<Record<string, unknown>>;
  /** The HTTP status, for a service whose model does not say it. */
  readonly status: number | undefined;

  constructor(
    code: string,
    message: string,
    options: { fault?: Fault; members?: Record<string, unknown>; cause?: unknown; status?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ServiceError';
    this.code = code;
    this.fault = options.fault ?? 'client';
    this.members = options.members ?? {};
    this.status = options.status;
  }
}

/** A client-fault error, for the error tables of the services. */
export const clientError = (code: string, message: string): ServiceError => new ServiceError(code, message);

/** Throws `error`; lets a lookup read `find(...) ?? refuse(errors.notFound())`. */
export function refuse(error: ServiceError): never {
  throw error;
}
