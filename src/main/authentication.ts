import { rootCaller } from '../core/identity/root-caller.ts';
import type { Caller } from '../domain/caller.ts';
import type { Installation } from '../lib/config.ts';
import { findCredentials } from '../records/identity.ts';
import { type Authenticator, acceptEveryone } from '../wire/authenticator.ts';
import { sigv4Authenticator } from '../wire/sigv4/verify.ts';
import type { SharedContext } from './handlers.ts';
import type { Settings } from './settings.ts';

/** Who asks: by signature or, with `--auth off`, the root principal whoever asks. */
export function authenticatorFor(settings: Settings, shared: SharedContext): Authenticator {
  const { store, clock, installation } = shared;
  if (settings.auth === 'off') return acceptEveryone(uncheckedRoot(installation));
  return sigv4Authenticator({
    clock,
    unsignedPayloadServices: new Set(['s3']),
    findKey: (accessKeyId) => store.read((tx) => findCredentials(tx, accessKeyId, clock.now())),
  });
}

/** The root principal, for an installation that checks no credentials. */
export const uncheckedRoot = ({ accountId }: Installation): Caller => rootCaller(accountId, 'unchecked');
