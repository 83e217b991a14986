import type { ServiceError } from '../lib/service-error.ts';
import type { OperationTable, Protocol, ServiceTable } from '../shapes/table.ts';

/** An error as it leaves: the code is the one the protocol shows, everything is decided. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly fault: 'client' | 'server';
  /** Further members of the error, by model name. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** The shape that describes `members`. */
  readonly shape?: string;
  /** What the header `Date` says, where a second more or less matters. */
  readonly date?: string;
}

/** A refusal that is the caller's mistake, 400 unless said otherwise. */
export const clientRefusal = (code: string, message: string, status = 400): Refusal => ({
  status,
  code,
  message,
  fault: 'client',
});

/** Codes that any operation may answer although no model lists them. */
const COMMON_CODES: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'InternalFailure',
  'NotImplementedException',
  'ServerException',
  'ServiceUnavailableException',
  'ThrottlingException',
  'UnauthorizedOperation',
  'ValidationError',
  'ValidationException',
]);

/** Whether the model lets `operation` answer with this code. The models of EC2 and S3 list none, or few. */
export const isDeclared = (table: ServiceTable, operation: OperationTable, code: string): boolean =>
  table.protocol === 'ec2Query' ||
  table.protocol === 'restXml' ||
  COMMON_CODES.has(code) ||
  operation.errors.some((name) => name === code || errorShape(table, name)?.error?.queryCode === code);

/** Looks up what the model says about an error: its status, and in the query protocols its other code. */
export function refusalOf(table: ServiceTable, error: ServiceError): Refusal {
  const model = errorShape(table, error.code)?.error;
  const fault = model?.fault ?? error.fault;
  const isJson = table.protocol === 'awsJson1_0' || table.protocol === 'awsJson1_1';
  return {
    status:
      error.status ?? model?.status ?? (fault === 'server' ? 500 : statusOf(table.protocol, error.code)),
    code: isJson ? error.code : (model?.queryCode ?? error.code),
    message: error.message,
    fault,
    ...(model === undefined ? {} : { shape: error.code }),
    ...(model === undefined && table.protocol !== 'restXml' ? {} : { members: error.members }),
  };
}

const FORBIDDEN: ReadonlySet<string> = new Set(['AccessDenied', 'UnauthorizedOperation']);

/** Client errors are 400; the query protocols answer a missing permission with 403. */
const statusOf = (protocol: Protocol, code: string): number =>
  protocol !== 'awsJson1_0' && protocol !== 'awsJson1_1' && FORBIDDEN.has(code) ? 403 : 400;

function errorShape(table: ServiceTable, name: string) {
  const shape = Object.hasOwn(table.shapes, name) ? table.shapes[name] : undefined;
  return shape?.kind === 'error' ? shape : undefined;
}
