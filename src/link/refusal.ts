import { isRecord } from './envelope.ts';

/** Names that an agent knows when its upgrade is refused. Only `InactiveInstanceException` makes it wait for an hour. */
export type RefusalName =
  | 'ServerException'
  | 'BadRequestException'
  | 'InvalidClusterException'
  | 'InvalidInstanceException'
  | 'AccessDeniedException'
  | 'InactiveInstanceException';

/** The answer to an upgrade that is refused. */
export interface Refusal {
  readonly status: number;
  readonly name: RefusalName;
  /** JSON text, below 1 KiB. */
  readonly body: string;
}

/** Builds a refusal. (LNK-4) */
export const refusal = (name: RefusalName, text: string): Refusal => ({
  status: name === 'ServerException' ? 500 : name === 'AccessDeniedException' ? 403 : 400,
  name,
  body: JSON.stringify({ [name]: text }),
});

/** The exception that a refused upgrade names, in either of its two forms; undefined when it names none. (LNK-4) */
export function readRefusal(body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  if (typeof value['type'] === 'string') return value['type'];
  return Object.keys(value)[0];
}
