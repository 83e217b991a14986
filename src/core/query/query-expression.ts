/**
 * Vocabulary: an *expression* of the cluster query language says which container instances are meant; a *test* is its
 * smallest part, `subject operator [argument]`; a *subject* is what is looked at: a field, or `attribute:<name>`.
 */

/** An expression as a tree. `and` and `or` are kept as written, so that printing and reading again gives the same tree. */
export type QueryExpression =
  | QueryTest
  | { readonly kind: 'not'; readonly of: QueryExpression }
  | { readonly kind: 'and' | 'or'; readonly left: QueryExpression; readonly right: QueryExpression };

/** `subject operator [argument]`. */
export interface QueryTest {
  readonly kind: 'test';
  readonly subject: string;
  readonly operator: QueryOperator;
  /** One, but none for `exists` and `!exists`, and any number for `in` and `!in`. */
  readonly values: readonly string[];
}

/** Operators by their sign; each has a name that means the same. (PLC-10) */
export const OPERATOR_NAMES = {
  '==': 'equals',
  '!=': 'not_equals',
  '>': 'greater_than',
  '>=': 'greater_than_equal',
  '<': 'less_than',
  '<=': 'less_than_equal',
  exists: 'exists',
  '!exists': 'not_exists',
  in: 'in',
  '!in': 'not_in',
  '=~': 'matches',
  '!~': 'not_matches',
} as const;

export type QueryOperator = keyof typeof OPERATOR_NAMES;

/** All operators. */
export const QUERY_OPERATORS = Object.keys(OPERATOR_NAMES) as readonly QueryOperator[];

const TEXT_OPERATORS: readonly QueryOperator[] = ['==', '!=', 'in', '!in', '=~', '!~'];
const ORDER_OPERATORS: readonly QueryOperator[] = ['==', '!=', '>', '>=', '<', '<='];

/** Fields of an instance, and the operators that each takes. (PLC-10) */
const FIELD_OPERATORS: ReadonlyMap<string, readonly QueryOperator[]> = new Map([
  ['agentConnected', TEXT_OPERATORS],
  ['agentVersion', ORDER_OPERATORS],
  ['ec2InstanceId', TEXT_OPERATORS],
  ['registeredAt', ORDER_OPERATORS],
  ['runningTasksCount', ORDER_OPERATORS],
  ['task:group', TEXT_OPERATORS],
]);

const ATTRIBUTE_SUBJECT = /^attribute:[A-Za-z0-9_/\\.-]{1,128}$/;

/** What stands before the name of an attribute. */
export const ATTRIBUTE_PREFIX = 'attribute:';

/** The operators that a subject takes; undefined when there is no such subject. */
export function operatorsOf(subject: string): readonly QueryOperator[] | undefined {
  return ATTRIBUTE_SUBJECT.test(subject) ? QUERY_OPERATORS : FIELD_OPERATORS.get(subject);
}
