import type { SessionContext } from './identity.ts';

/** Who makes a request, after the signature was verified. */
export interface Caller {
  readonly kind: 'root' | 'user' | 'assumed-role' | 'anonymous';
  readonly accountId: string;
  /** `arn:aws:iam::…:root`, `arn:aws:iam::…:user/x` or `arn:aws:sts::…:assumed-role/role/session`. */
  readonly arn: string;
  /** What STS GetCallerIdentity answers as `UserId`. */
  readonly userId: string;
  readonly accessKeyId: string;
  /** The role behind an assumed-role session. */
  readonly roleArn?: string | undefined;
  /** What was passed to the session. */
  readonly session?: SessionContext | undefined;
}
