import type { Caller } from '../domain/caller.ts';
import type { Clock } from '../lib/clock.ts';
import type { Installation } from '../lib/config.ts';
import type { Ids } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import type { Store } from '../store/store.ts';

/** What every operation may use. One per process; `caller` and `requestId` are of the request. */
export interface Context {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly installation: Installation;
  readonly caller: Caller;
  readonly requestId: string;
  /** The address that the request came from, what its client calls itself, and whether it came over TLS: policies ask. */
  readonly sourceIp?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly isSecure?: boolean | undefined;
  /** The URL under which the client reached us; undefined when it is not known. */
  readonly origin?: string | undefined;
}

/**
 * One API operation. The input has been decoded and validated against the model: types are right and required
 * members are there. The function holds only what the model cannot say. Its store work is one transaction.
 */
export type Operation<Input, Output> = (context: Context, input: Input) => Output | Promise<Output>;
