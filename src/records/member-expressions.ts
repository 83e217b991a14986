import { compileExpression, type HostPredicate, looksAtTasks } from '../core/query/evaluate-expression.ts';
import { parseExpression } from '../core/query/parse-expression.ts';
import type { ContainerInstance } from '../domain/container-instance.ts';
import { keepRecent } from '../lib/keep-recent.ts';
import type { ReadTx } from '../store/store.ts';
import { queryHostOf } from './query-hosts.ts';

/** An expression of a `memberOf` constraint, ready to be asked about many hosts. */
export interface MemberExpression {
  /** True when the answer for a host may change with the tasks on it. */
  readonly looksAtTasks: boolean;
  /** Whether the host meets it; with a task of `group` more on it when that is given. */
  isMetBy(tx: ReadTx, host: ContainerInstance, group?: string): boolean;
}

/** Expressions that are remembered: those of the services and requests of the moment. */
const REMEMBERED_COUNT = 64;

const remembered = new Map<string, MemberExpression>();

/** Reads an expression, once for as long as it is in use. One that cannot be read, which the API refuses, is met by no host. (PLC-10) */
export function memberExpression(text: string): MemberExpression {
  const expression = remembered.get(text) ?? readExpression(text);
  keepRecent(remembered, text, { value: expression, mostCount: REMEMBERED_COUNT });
  return expression;
}

function readExpression(text: string): MemberExpression {
  const parsed = parseExpression(text);
  if (parsed.kind !== 'parsed') return { looksAtTasks: false, isMetBy: () => false };
  const predicate = compileExpression(parsed.expression);
  return looksAtTasks(parsed.expression)
    ? { looksAtTasks: true, isMetBy: (tx, host, group) => isMetWith(predicate, queryHostOf(tx, host), group) }
    : { looksAtTasks: false, isMetBy: answeredOnce(predicate) };
}

function isMetWith(
  predicate: HostPredicate,
  host: ReturnType<typeof queryHostOf>,
  group: string | undefined,
): boolean {
  if (group === undefined) return predicate(host);
  return predicate({ ...host, taskGroups: () => [...host.taskGroups(), group] });
}

/** Without a look at tasks the answer depends on the row alone, and rows are never changed in place. */
function answeredOnce(predicate: HostPredicate): MemberExpression['isMetBy'] {
  const answers = new WeakMap<ContainerInstance, boolean>();
  return (tx, host) => {
    const known = answers.get(host);
    if (known !== undefined) return known;
    const answer = predicate(queryHostOf(tx, host));
    answers.set(host, answer);
    return answer;
  };
}
