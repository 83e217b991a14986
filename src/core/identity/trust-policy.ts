/**
 * Whether a role's trust policy, as JSON text, lets `service` (e.g. `ecs-tasks.amazonaws.com`) assume the role: an
 * Allow statement for sts:AssumeRole names it, and no Deny statement does. Conditions are not weighed. Text that is
 * no policy trusts nobody. (TSK-6)
 */
export function canServiceAssume(trustPolicy: string, service: string): boolean {
  const statements = statementsOf(trustPolicy);
  const named = statements.filter((each) => namesService(each, service) && namesAssumeRole(each));
  return (
    named.some((each) => member(each, 'Effect') === 'Allow') &&
    !named.some((each) => member(each, 'Effect') === 'Deny' && member(each, 'Condition') === undefined)
  );
}

const ASSUME_ACTIONS: ReadonlySet<string> = new Set(['sts:assumerole', 'sts:assume*', 'sts:*', '*']);

function statementsOf(trustPolicy: string): readonly unknown[] {
  try {
    return listOf(member(JSON.parse(trustPolicy), 'Statement'));
  } catch {
    return [];
  }
}

const namesAssumeRole = (statement: unknown): boolean =>
  listOf(member(statement, 'Action')).some((action) => ASSUME_ACTIONS.has(String(action).toLowerCase()));

function namesService(statement: unknown, service: string): boolean {
  const principal = member(statement, 'Principal');
  return (
    principal === '*' || listOf(member(principal, 'Service')).some((name) => name === service || name === '*')
  );
}

/** IAM lets a list of one be written without its brackets. */
const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
