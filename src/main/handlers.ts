import type { Context, Operation } from '../api/operation.ts';
import type { Handler } from '../wire/dispatch.ts';

/** What all requests share. */
export type SharedContext = Omit<Context, 'caller' | 'requestId'>;

/** A service's operations, whatever their types: the wire has checked the input against the model. */
type OperationRecord = Readonly<Record<string, Operation<never, unknown> | undefined>>;

/** Gives each operation of a service the context of its request. */
export function handlers(
  shared: SharedContext,
  operations: OperationRecord,
): Readonly<Record<string, Handler>> {
  const bound = Object.entries(operations).flatMap(([name, operation]) =>
    operation === undefined
      ? []
      : [
          [
            name,
            ((request, input) => operation({ ...shared, ...request }, input)) satisfies Handler,
          ] as const,
        ],
  );
  return Object.fromEntries(bound);
}
