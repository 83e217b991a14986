import { namesInArn, type ParameterSelector, parseSelector } from '../core/secrets/parameter-selector.ts';
import { parseArn, type Scope } from '../domain/arn.ts';
import type { Parameter, ParameterVersion } from '../domain/parameter.ts';
import type { Collection, ReadTx, WriteTx } from '../store/store.ts';
import { sortableNumber } from './collections.ts';

/** Parameters by name. */
export const parameters: Collection<Parameter> = { name: 'parameters', key: (row) => row.name, indexes: {} };

/** The versions of parameters; by key those of one parameter are in order. */
export const parameterVersions: Collection<ParameterVersion, 'parameter'> = {
  name: 'parameter-versions',
  key: (row) => parameterVersionKey(row.name, row.version),
  indexes: { parameter: (row) => row.name },
};

/** The key of a version's row. */
export const parameterVersionKey = (name: string, version: number): string =>
  `${name} ${sortableNumber(version)}`;

/** What a request means by a name: a name or an ARN of this account and Region, with or without a selector. (SSM-3) */
export function parameterReference(tx: ReadTx, text: string, scope: Scope): ParameterSelector | undefined {
  if (!text.startsWith('arn:')) return parseSelector(text);
  const arn = parseArn(text);
  if (arn?.service !== 'ssm' || arn.region !== scope.region || arn.accountId !== scope.accountId)
    return undefined;
  const readings = namesInArn(arn.resource).map(parseSelector);
  return readings.find(({ name }) => tx.get(parameters, name) !== undefined) ?? readings[0];
}

/** The newest version of a parameter. */
export const latestVersion = (tx: ReadTx, { name, latest }: Parameter): ParameterVersion | undefined =>
  tx.get(parameterVersions, parameterVersionKey(name, latest));

/** The versions of a parameter that are kept, oldest first. */
export const versionsOfParameter = (tx: ReadTx, name: string): readonly ParameterVersion[] =>
  tx.find(parameterVersions, 'parameter', name);

/** Removes a parameter with its versions. Answers whether it was there. */
export function forgetParameter(tx: WriteTx, name: string): boolean {
  if (tx.get(parameters, name) === undefined) return false;
  for (const version of versionsOfParameter(tx, name)) {
    tx.delete(parameterVersions, parameterVersions.key(version));
  }
  tx.delete(parameters, name);
  return true;
}
