import { decideTrust, type TrustDecision } from '../../core/identity/assume-role.ts';
import { parseArn } from '../../domain/arn.ts';
import type { Role } from '../../domain/identity.ts';
import { createSession, findRoleByArn } from '../../records/identity.ts';
import type { AssumeRoleRequest, AssumeRoleResponse } from '../../shapes/generated/sts.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context, Operation } from '../operation.ts';
import { assumedRoleAnswer, DEFAULT_SESSION_SECONDS } from './credentials.ts';
import { stsErrors } from './errors.ts';
import { sessionContext } from './session-context.ts';
import { refuseUnsupported } from './unsupported.ts';

/** A session of a role got from another session ends within the hour. */
const CHAINED_DURATION_MAX_SECONDS = 3_600;

/**
 * Gives temporary credentials of a role whose trust policy lets the caller in. An unknown role and a refusing one are
 * answered alike. (STS-1, IAM-7)
 */
export const assumeRole: Operation<AssumeRoleRequest, AssumeRoleResponse> = async (context, input) => {
  const { store, ids, clock, installation } = context;
  checkInput(input);
  const durationSeconds = input.DurationSeconds ?? DEFAULT_SESSION_SECONDS;
  const { role, key } = await store.write((tx) => {
    const found = requireTrustingRole(context, tx, input);
    if (context.caller.kind === 'assumed-role' && durationSeconds > CHAINED_DURATION_MAX_SECONDS) {
      throw stsErrors.durationOverChaining();
    }
    if (durationSeconds > found.maxSessionDurationSeconds) throw stsErrors.durationOverMaximum();
    const session = sessionContext(tx, context.caller, input);
    const sessionName = input.RoleSessionName;
    const now = clock.now();
    const made = createSession(tx, { role: found, sessionName, durationSeconds, ids, now, session });
    return { role: found, key: made };
  });
  const sessionName = input.RoleSessionName;
  return assumedRoleAnswer(installation.accountId, { role, key, sessionName });
};

function checkInput(input: AssumeRoleRequest): void {
  const { service, resource } = parseArn(input.RoleArn) ?? {};
  if (service !== 'iam' || resource?.startsWith('role/') !== true) throw stsErrors.invalidArn(input.RoleArn);
  refuseUnsupported(input, ['SerialNumber', 'TokenCode', 'ProvidedContexts', 'MinimumSessionTokenSize']);
  const { ExternalId = 'none' } = input;
  if (!/^[\w+=,.@:/-]{2,1224}$/.test(ExternalId)) {
    const rule = 'Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*';
    throw stsErrors.constraint(ExternalId, 'externalId', rule);
  }
}

function requireTrustingRole({ caller }: Context, tx: ReadTx, input: AssumeRoleRequest): Role {
  const role = findRoleByArn(tx, input.RoleArn);
  if (role === undefined) throw stsErrors.accessDenied(caller.arn, input.RoleArn);
  const decision = decideTrust(role.assumeRolePolicyDocument, {
    caller,
    sessionName: input.RoleSessionName,
    externalId: input.ExternalId,
  });
  // What this cannot weigh was weighed before with everything that the request has, except of root. (AUTH-5)
  const wasWeighed = decision.kind === 'unknown-condition' && caller.kind !== 'root';
  if (decision.kind === 'allowed' || wasWeighed) return role;
  throw stsErrors.accessDenied(caller.arn, input.RoleArn, because(decision));
}

/** A condition that cannot be weighed is named, so that nobody searches for a fault of theirs. */
function because(decision: Exclude<TrustDecision, { kind: 'allowed' }>): string {
  switch (decision.kind) {
    case 'denied':
      return '';
    case 'explicitly-denied':
      return ' with an explicit deny in the role trust policy';
    case 'unknown-condition':
      return ` because the condition ${decision.name} in the role trust policy is not supported yet`;
  }
}
