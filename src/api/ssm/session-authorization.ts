import type { SsmOperations } from '../../shapes/generated/ssm.ts';
import type { AccessDeclaration, AccessDeclarations } from '../authorization.ts';

const onSession: AccessDeclaration<{ readonly SessionId: string }> = ({ SessionId }, { installation }) => [
  { resource: `arn:aws:ssm:${installation.region}:${installation.accountId}:session/${SessionId}` },
];

/** The operations of sessions with the permissions that they need. (AUTH-11; Service Authorization Reference, Systems Manager) */
export const ssmSessionAuthorization: Pick<
  AccessDeclarations<SsmOperations>,
  'ResumeSession' | 'TerminateSession'
> = {
  ResumeSession: onSession,
  TerminateSession: onSession,
};
