/** Why a request is refused: which kind of policy denies, or which kind lacks an Allow. */
export type DenialCause =
  | 'denied-by-identity'
  | 'denied-by-resource'
  | 'denied-by-trust'
  | 'denied-by-boundary'
  | 'denied-by-session'
  | 'no-identity'
  | 'no-resource'
  | 'no-boundary'
  | 'no-session'
  | 'not-trusted';

/** What follows the resource. An action in it is written by the function's caller. */
const SUFFIXES: Readonly<Record<DenialCause, (action: string) => string>> = {
  'denied-by-identity': () => ' with an explicit deny in an identity-based policy',
  'denied-by-resource': () => ' with an explicit deny in a resource-based policy',
  'denied-by-trust': () => ' with an explicit deny in the role trust policy',
  'denied-by-boundary': () => ' with an explicit deny in a permissions boundary',
  // The plural stands in the user guide.
  'denied-by-session': () => ' with an explicit deny in a sessions policy',
  'no-identity': (action) => ` because no identity-based policy allows the ${action} action`,
  'no-resource': (action) => ` because no resource-based policy allows the ${action} action`,
  'no-boundary': (action) => ` because no permissions boundary allows the ${action} action`,
  'no-session': (action) => ` because no session policy allows the ${action} action`,
  'not-trusted': () => '',
};

/** The text of an AccessDenied answer, without a final period. (AUTH-3; IAM user guide, troubleshoot_access-denied) */
export function denialText(
  request: {
    readonly principal: { readonly arn: string };
    readonly action: string;
    readonly resource: string;
  },
  cause: DenialCause,
): string {
  const { principal, action, resource } = request;
  return `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}${SUFFIXES[cause](action)}`;
}
