import type { AccessKey } from '../../domain/identity.ts';
import { createTemporaryKey } from '../../records/identity.ts';
import type { GetSessionTokenRequest, GetSessionTokenResponse } from '../../shapes/generated/sts.ts';
import type { Context, Operation } from '../operation.ts';
import { credentialsShape } from './credentials.ts';
import { stsErrors } from './errors.ts';
import { refuseUnsupported } from './unsupported.ts';

const DEFAULT_DURATION_SECONDS = 43_200;

/** Root's sessions end within the hour, whatever is asked for. */
const ROOT_DURATION_MAX_SECONDS = 3_600;

/** Gives temporary credentials of the caller itself, a user or root. (STS-3) */
export const getSessionToken: Operation<GetSessionTokenRequest, GetSessionTokenResponse> = async (
  context,
  input,
) => {
  refuseUnsupported(input, ['SerialNumber', 'TokenCode', 'MinimumSessionTokenSize']);
  const { store, ids, clock } = context;
  const owner = ownerOf(context);
  const askedSeconds = input.DurationSeconds ?? DEFAULT_DURATION_SECONDS;
  const durationSeconds =
    owner.kind === 'root' ? Math.min(askedSeconds, ROOT_DURATION_MAX_SECONDS) : askedSeconds;
  const key = await store.write((tx) => {
    return createTemporaryKey(tx, { owner, durationSeconds, ids, now: clock.now() });
  });
  return { Credentials: credentialsShape(key) };
};

function ownerOf({ caller }: Context): AccessKey['owner'] {
  if (caller.kind === 'root') return { kind: 'root' };
  if (caller.kind === 'user' && !caller.accessKeyId.startsWith('ASIA')) {
    return { kind: 'user', userName: caller.arn.slice(caller.arn.lastIndexOf('/') + 1) };
  }
  throw stsErrors.sessionCredentials();
}
