import type { PlacementConstraint, PlacementStrategy as StrategyItem } from '../../shapes/generated/ecs.ts';
import { parseExpression } from '../query/parse-expression.ts';
import { ATTRIBUTE_PREFIX, operatorsOf } from '../query/query-expression.ts';
import { SERVICE_QUOTAS } from '../service-quotas.ts';
import { DEFAULT_STRATEGIES, type PlacementStrategy } from './placement-view.ts';

/** The most constraints of one task: those of its definition and of the request that starts it together. (PLC-13) */
const CONSTRAINTS_MAX_COUNT = SERVICE_QUOTAS.placementConstraintsPerTaskDefinition;
const STRATEGIES_MAX_COUNT = SERVICE_QUOTAS.placementStrategies;

/** A constraint as definitions and requests write it. */
type Constraint = Pick<PlacementConstraint, 'expression'> & { readonly type?: string | undefined };

/** The text for the first constraint that cannot be; undefined when all can. `inDefinition` counts those besides. (PLC-13) */
export function brokenConstraint(constraints: readonly Constraint[], inDefinition = 0): string | undefined {
  if (constraints.length + inDefinition > CONSTRAINTS_MAX_COUNT) {
    return `Maximum number of placement constraints is ${CONSTRAINTS_MAX_COUNT}.`;
  }
  for (const constraint of constraints) {
    const text = brokenOne(constraint);
    if (text !== undefined) return text;
  }
  return undefined;
}

function brokenOne({ type, expression }: Constraint): string | undefined {
  if (type === 'distinctInstance') {
    const isGiven = expression !== undefined && expression !== null;
    return isGiven ? 'distinctInstance expression should not be specified.' : undefined;
  }
  if (type !== 'memberOf') return `constraint.type '${type ?? ''}' is not supported.`;
  if (expression === undefined || expression === null || expression.trim() === '') {
    return 'memberOf expression should be specified.';
  }
  const parsed = parseExpression(expression);
  if (parsed.kind === 'parsed') return undefined;
  return `memberOf expression is not valid: ${parsed.message} (character ${parsed.position}).`;
}

/** The text for the first strategy that cannot be; undefined when all can. (PLC-14) */
export function brokenStrategy(strategies: readonly StrategyItem[]): string | undefined {
  if (strategies.length > STRATEGIES_MAX_COUNT)
    return `Maximum number of strategies is ${STRATEGIES_MAX_COUNT}.`;
  for (const { type, field } of strategies) {
    const isGiven = field !== undefined && field !== null;
    if (type === 'random' && isGiven) return 'random field should not be specified.';
    if (type !== 'random' && readStrategy({ type, field }, '') === undefined) {
      return `${type ?? ''} field '${field ?? ''}' is invalid.`;
    }
  }
  return undefined;
}

const NORMAL_FIELDS: ReadonlyMap<string, string> = new Map([
  ['host', 'instanceId'],
  ['cpu', 'cpu'],
  ['memory', 'memory'],
]);

/** As services show them: items without a type are left out, `host` is `instanceId`, CPU and MEMORY are small. (PLC-14) */
export function normalStrategies(strategies: readonly StrategyItem[]): readonly StrategyItem[] {
  return strategies
    .filter(({ type }) => type !== undefined && type !== null)
    .map(({ type, field }) =>
      field === undefined || field === null
        ? { type }
        : { type, field: NORMAL_FIELDS.get(field.toLowerCase()) ?? field },
    );
}

/** What placement does for a request's strategies; none means AWS's default. `seed` feeds the random ones. (PLC-4) */
export function strategiesOf(
  strategies: readonly StrategyItem[],
  seed: string,
): readonly PlacementStrategy[] {
  if (strategies.length === 0) return DEFAULT_STRATEGIES;
  return strategies.flatMap((item, level) => readStrategy(item, `${seed}/${level}`) ?? []);
}

function readStrategy({ type, field }: StrategyItem, seed: string): PlacementStrategy | undefined {
  if (type === 'random') return { kind: 'random', seed };
  if (type === 'binpack') {
    const resource = field?.toLowerCase();
    return resource === 'cpu' || resource === 'memory' ? { kind: 'binpack', resource } : undefined;
  }
  if (type !== 'spread') return undefined;
  if (field === 'instanceId' || field === 'host') return { kind: 'spread-hosts' };
  if (!field?.startsWith(ATTRIBUTE_PREFIX) || operatorsOf(field) === undefined) return undefined;
  return { kind: 'spread', attribute: field.slice(ATTRIBUTE_PREFIX.length) };
}
