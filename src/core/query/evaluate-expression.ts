import type { Instant } from '../../lib/clock.ts';
import { readDate, readVersion } from './argument-rules.ts';
import { compilePattern } from './pattern/compile-pattern.ts';
import {
  ATTRIBUTE_PREFIX,
  type QueryExpression,
  type QueryOperator,
  type QueryTest,
} from './query-expression.ts';

/** A container instance as an expression sees it. */
export interface QueryHost {
  readonly agentConnected: boolean;
  readonly agentVersion?: string | undefined;
  readonly ec2InstanceId?: string | undefined;
  readonly registeredAt: Instant;
  readonly attributes: ReadonlyMap<string, string | undefined>;
  /** Asked for only when the expression does: counting costs. */
  runningTasksCount(): number;
  /** Groups of the tasks that are on it. */
  taskGroups(): readonly string[];
}

/** An expression made ready to be asked about many hosts. */
export type HostPredicate = (host: QueryHost) => boolean;

/**
 * Makes an expression ready. A host without the attribute, agent version or EC2 id that a test looks at meets no test
 * but `!exists`. A task group's negative tests are met when the positive one is not: no task of that group. (PLC-11)
 */
export function compileExpression(expression: QueryExpression): HostPredicate {
  switch (expression.kind) {
    case 'test':
      return compileTest(expression);
    case 'not': {
      const of = compileExpression(expression.of);
      return (host) => !of(host);
    }
    case 'and': {
      const [left, right] = [compileExpression(expression.left), compileExpression(expression.right)];
      return (host) => left(host) && right(host);
    }
    case 'or': {
      const [left, right] = [compileExpression(expression.left), compileExpression(expression.right)];
      return (host) => left(host) || right(host);
    }
  }
}

/** True when the answer for a host may change with the tasks on it. */
export function looksAtTasks(expression: QueryExpression): boolean {
  switch (expression.kind) {
    case 'test':
      return expression.subject === 'task:group' || expression.subject === 'runningTasksCount';
    case 'not':
      return looksAtTasks(expression.of);
    case 'and':
    case 'or':
      return looksAtTasks(expression.left) || looksAtTasks(expression.right);
  }
}

type TextTest = (text: string) => boolean;

function compileTest({ subject, operator, values }: QueryTest): HostPredicate {
  const [value = ''] = values;
  switch (subject) {
    case 'agentConnected':
      return given((host) => `${host.agentConnected}`, textTest(operator, values));
    case 'ec2InstanceId':
      return given((host) => host.ec2InstanceId, textTest(operator, values));
    case 'agentVersion':
      return versionTest(operator, value);
    case 'registeredAt': {
      const at = Math.floor((readDate(value) ?? 0) / 1000);
      return (host) => holds(operator, Math.floor(host.registeredAt / 1000) - at);
    }
    case 'runningTasksCount':
      return (host) => holds(operator, host.runningTasksCount() - Number(value));
    case 'task:group':
      return groupTest(operator, values);
    default:
      return attributeTest(subject.slice(ATTRIBUTE_PREFIX.length), operator, values);
  }
}

const given =
  (read: (host: QueryHost) => string | undefined, test: TextTest): HostPredicate =>
  (host) => {
    const text = read(host);
    return text !== undefined && test(text);
  };

function attributeTest(name: string, operator: QueryOperator, values: readonly string[]): HostPredicate {
  if (operator === 'exists') return ({ attributes }) => attributes.has(name);
  if (operator === '!exists') return ({ attributes }) => !attributes.has(name);
  const read = ({ attributes }: QueryHost): string | undefined =>
    attributes.has(name) ? (attributes.get(name) ?? '') : undefined;
  return given(read, textTest(operator, values));
}

function groupTest(operator: QueryOperator, values: readonly string[]): HostPredicate {
  const positive = POSITIVE[operator];
  const test = textTest(positive ?? operator, values);
  return (host) => host.taskGroups().some(test) === (positive === undefined);
}

const POSITIVE: Partial<Record<QueryOperator, QueryOperator>> = { '!=': '==', '!in': 'in', '!~': '=~' };

function versionTest(operator: QueryOperator, value: string): HostPredicate {
  const wanted = readVersion(value) ?? [];
  return (host) => {
    const version = readVersion(host.agentVersion ?? '');
    return version !== undefined && holds(operator, compareVersions(version, wanted));
  };
}

/** Part by part as numbers; parts that are not there are 0. */
function compareVersions(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function textTest(operator: QueryOperator, values: readonly string[]): TextTest {
  const [value = ''] = values;
  switch (operator) {
    case 'in':
      return (text) => values.includes(text);
    case '!in':
      return (text) => !values.includes(text);
    case '=~':
      return patternTest(value);
    case '!~': {
      const matches = patternTest(value);
      return (text) => !matches(text);
    }
    default:
      return (text) => holds(operator, compareTexts(text, value));
  }
}

/** Parsing has refused all patterns that do not compile; one that got here otherwise matches nothing. */
function patternTest(value: string): TextTest {
  const pattern = compilePattern(value);
  return pattern.kind === 'compiled' ? pattern.matches : () => false;
}

const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

/** Two numbers compare as numbers, other texts character by character; equal only when the same text. */
function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  const difference = NUMBER.test(one) && NUMBER.test(other) ? Number(one) - Number(other) : 0;
  if (difference !== 0) return difference;
  return one < other ? -1 : 1;
}

function holds(operator: QueryOperator, difference: number): boolean {
  switch (operator) {
    case '==':
      return difference === 0;
    case '!=':
      return difference !== 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    default:
      return false;
  }
}
