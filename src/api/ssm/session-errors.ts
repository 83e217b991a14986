import { clientError, type ServiceError } from '../../lib/service-error.ts';

/** The errors of SSM's sessions with the texts of the service. */
export const ssmSessionErrors = {
  sessionUnknown: (sessionId: string): ServiceError =>
    clientError('DoesNotExistException', `Session ${sessionId} does not exist`),
} as const;
