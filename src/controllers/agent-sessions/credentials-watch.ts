import type { Instant } from '../../lib/clock.ts';
import { endingCredentials } from './deliveries.ts';
import type { SessionDeps } from './session-deps.ts';

/** Knows of a host's tasks whose credentials end soon, and mostly without looking at any. (ASN-8) */
export interface CredentialsWatch {
  /** The tasks whose credentials have to be replaced now. */
  due(): ReadonlySet<string>;
  /** The host has been sent others, so what was found before says nothing any more. */
  forget(): void;
}

const NONE: ReadonlySet<string> = new Set();

/** Keeps the earliest end that a look has found: until then all further looks cost nothing. */
export function watchCredentials(
  { store, clock }: Pick<SessionDeps, 'store' | 'clock'>,
  instanceArn: string,
): CredentialsWatch {
  let known: { readonly nextAt: Instant | undefined } | undefined;
  return {
    due: () => {
      const now = clock.now();
      if (known !== undefined && (known.nextAt === undefined || now < known.nextAt)) return NONE;
      const { taskArns, nextAt } = store.read((tx) => endingCredentials(tx, instanceArn, now));
      known = { nextAt };
      return taskArns;
    },
    forget: () => {
      known = undefined;
    },
  };
}
