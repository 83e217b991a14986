import { isBelow } from '../../core/secrets/parameter-selector.ts';
import type { Parameter, ParameterVersion } from '../../domain/parameter.ts';
import { ssmErrors } from './errors.ts';

/** A filter as ParameterFilters has it. */
interface ParameterFilter {
  readonly Key: string;
  readonly Option?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

/** A parameter with its newest version. */
export interface ListedParameter {
  readonly parameter: Parameter;
  readonly version: ParameterVersion;
}

/** The keys of DescribeParameters beside `tag:…`, with the options that each takes; the first is the default. */
const DESCRIBE_KEYS: Readonly<Record<string, readonly string[]>> = {
  Name: ['Equals', 'BeginsWith', 'Contains'],
  Path: ['OneLevel', 'Recursive'],
  Type: ['Equals', 'BeginsWith'],
  KeyId: ['Equals', 'BeginsWith'],
  Tier: ['Equals'],
  DataType: ['Equals'],
};

/** The keys of GetParametersByPath. */
const PATH_KEYS: Readonly<Record<string, readonly string[]>> = {
  Type: ['Equals', 'BeginsWith'],
  KeyId: ['Equals', 'BeginsWith'],
  Label: ['Equals'],
};

/** Which operation filters: each knows other keys. */
export type FilterUse = 'describe' | 'by-path';

/** Whether a parameter passes all filters; throws when a filter is not one of the operation's. (SSM-4) */
export function parameterTest(
  filters: readonly ParameterFilter[],
  use: FilterUse,
): (listed: ListedParameter) => boolean {
  const keys = use === 'describe' ? DESCRIBE_KEYS : PATH_KEYS;
  const tests = filters.map((filter) => testOf(filter, keys, use));
  return (listed) => tests.every((test) => test(listed));
}

function testOf(
  { Key, Option, Values = [] }: ParameterFilter,
  keys: typeof DESCRIBE_KEYS,
  use: FilterUse,
): (listed: ListedParameter) => boolean {
  const isTag = use === 'describe' && Key.startsWith('tag:');
  const options = isTag ? ['Equals'] : Object.hasOwn(keys, Key) ? keys[Key] : undefined;
  if (options === undefined) throw ssmErrors.filterKey(Key);
  const option = Option ?? options[0] ?? '';
  if (!options.includes(option)) throw ssmErrors.filterOption(option);
  if (Values.length === 0 && !isTag) throw ssmErrors.filterValue();
  return (listed) => {
    if (isTag) return tagFits(listed, Key.slice('tag:'.length), Values);
    const texts = textsOf(listed, Key);
    return Values.some((value) => texts.some((text) => fits(text, value, option)));
  };
}

function tagFits({ parameter }: ListedParameter, key: string, values: readonly string[]): boolean {
  const tag = parameter.tags.find(({ Key }) => Key === key);
  return tag !== undefined && (values.length === 0 || values.includes(tag.Value));
}

function textsOf({ version }: ListedParameter, key: string): readonly string[] {
  switch (key) {
    case 'Type':
      return [version.type];
    case 'KeyId':
      return version.keyId === undefined ? [] : [version.keyId];
    case 'Tier':
      return [version.tier];
    case 'DataType':
      return ['text'];
    case 'Label':
      return version.labels;
    default:
      return [version.name];
  }
}

function fits(text: string, value: string, option: string): boolean {
  switch (option) {
    case 'BeginsWith':
      return text.startsWith(value);
    case 'Contains':
      return text.includes(value);
    case 'OneLevel':
      return isBelow(text, value, false);
    case 'Recursive':
      return isBelow(text, value, true);
    default:
      return text === value;
  }
}
