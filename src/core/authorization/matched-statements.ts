import { type StatementSpan, statementSpans } from '../identity/statement-spans.ts';
import { type AccessRequest, hasSay } from './evaluate.ts';
import type { Statement } from './policy.ts';
import type { PolicySourceKind, SourcedPolicy } from './policy-source.ts';

/** A statement that decided on a simulated request. */
export interface StatementMatch {
  readonly source: SourcedPolicy;
  readonly span: StatementSpan | undefined;
}

/** What the policies of one kind say by themselves. */
export type KindDecision = 'allowed' | 'explicitDeny' | 'implicitDeny';

/**
 * The statements that determine the result: denials if there are some, and then nothing else; otherwise what allows.
 * What a boundary allows gives nothing, so it is not among them. (IAM-23)
 */
export function matchedStatements(
  request: AccessRequest,
  sources: readonly SourcedPolicy[],
): readonly StatementMatch[] {
  const denials = sources.flatMap((source) => matchesOf(request, source, 'Deny'));
  if (denials.length > 0) return denials;
  return sources
    .filter(({ kind }) => kind !== 'Permissions Boundary Policy')
    .flatMap((source) => matchesOf(request, source, 'Allow'));
}

/** What each kind of policy that is there says of a request by itself. (IAM-23) */
export function decisionsByKind(
  request: AccessRequest,
  sources: readonly SourcedPolicy[],
): ReadonlyMap<PolicySourceKind, KindDecision> {
  const kinds = new Set<PolicySourceKind>(['IAM Policy', ...sources.map(({ kind }) => kind)]);
  return new Map([...kinds].map((kind) => [kind, decisionOf(request, sources, kind)]));
}

function decisionOf(
  request: AccessRequest,
  sources: readonly SourcedPolicy[],
  kind: PolicySourceKind,
): KindDecision {
  const own = sources.filter((source) => source.kind === kind);
  const says = (effect: Statement['effect']): boolean =>
    own.some((source) => statementsOf(request, source, effect).length > 0);
  if (says('Deny')) return 'explicitDeny';
  return says('Allow') ? 'allowed' : 'implicitDeny';
}

const statementsOf = (
  request: AccessRequest,
  { kind, policy }: SourcedPolicy,
  effect: Statement['effect'],
): readonly Statement[] =>
  policy.statements.filter(
    (statement) =>
      statement.effect === effect &&
      (kind !== 'Resource Policy' || statement.principal !== undefined) &&
      hasSay(request, statement),
  );

function matchesOf(
  request: AccessRequest,
  source: SourcedPolicy,
  effect: Statement['effect'],
): readonly StatementMatch[] {
  const statements = statementsOf(request, source, effect);
  if (statements.length === 0) return [];
  const spans = statementSpans(source.text);
  return statements.map(({ index }) => ({ source, span: spans[index] }));
}
