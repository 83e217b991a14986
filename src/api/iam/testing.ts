import type { Caller } from '../../domain/caller.ts';
import { bootstrapAccount } from '../../records/identity.ts';
import type { IamOperations } from '../../shapes/generated/iam.ts';
import type { Operation } from '../operation.ts';
import { aContext, type TestContext } from '../testing.ts';
import { iamOperations } from './operations.ts';

/** The IAM of a test: its operations by their AWS names, on an account that has just been set up. */
export interface Iam {
  readonly context: TestContext;
  /** Calls an operation, as root unless a caller is named. */
  call<Name extends keyof IamOperations>(
    name: Name,
    input: IamOperations[Name]['input'],
    caller?: Caller,
  ): Promise<IamOperations[Name]['output']>;
  /** Code and message of a refusal. */
  refusal<Name extends keyof IamOperations>(name: Name, input: IamOperations[Name]['input']): Promise<string>;
}

/** An account with nothing in it but what every new one has. */
export async function anIam(): Promise<Iam> {
  const context = await aContext();
  const { store, ids, installation, clock } = context;
  await store.write((tx) => bootstrapAccount(tx, { ids, installation, now: clock.now() }));
  const call: Iam['call'] = async (name, input, caller = context.caller) => {
    const operation = iamOperations[name] as Operation<typeof input, IamOperations[typeof name]['output']>;
    return operation({ ...context, caller }, input);
  };
  const refusal: Iam['refusal'] = async (name, input) => {
    try {
      await call(name, input);
      return 'no refusal';
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return `${code}: ${message}`;
    }
  };
  return { context, call, refusal };
}
