/** Which version of a parameter is meant: the newest, one by number, or the one with a label. */
export interface ParameterSelector {
  readonly name: string;
  readonly version?: number | undefined;
  readonly label?: string | undefined;
}

/**
 * Reads `name`, `name:version` or `name:label`. Names have no colon; digits alone are a version, because labels cannot
 * begin with one. (SSM-3)
 */
export function parseSelector(text: string): ParameterSelector {
  const cut = text.indexOf(':');
  if (cut < 0) return { name: text };
  const name = text.slice(0, cut);
  const selector = text.slice(cut + 1);
  return /^[0-9]{1,15}$/.test(selector) ? { name, version: Number(selector) } : { name, label: selector };
}

/** The selector as answers carry it, with its colon; undefined for the newest version. */
export function selectorText({ version, label }: ParameterSelector): string | undefined {
  const text = version?.toString() ?? label;
  return text === undefined ? undefined : `:${text}`;
}

/** The name inside the resource part of a parameter's ARN (`parameter/a/b:3`): both `a/b` and `/a/b` are written so. */
export const namesInArn = (resource: string): readonly string[] => {
  if (!resource.startsWith('parameter/')) return [];
  const rest = resource.slice('parameter'.length);
  return [rest, rest.slice(1)];
};

/** Why a name cannot be a parameter's. */
export type NameProblem =
  | 'reserved'
  | 'prefix'
  | 'prefix-of-path'
  | 'not-qualified'
  | 'characters'
  | 'levels';

/** A path has at most this many levels. */
export const LEVELS_MAX_COUNT = 15;

/** What is wrong with a name; undefined when it is good. (SSM-1) */
export function nameProblem(name: string): NameProblem | undefined {
  const isPath = name.includes('/');
  if (isPath && !name.startsWith('/')) return 'not-qualified';
  if (/^\/aws/i.test(name) && name.indexOf('/', 1) > 0) return 'reserved';
  if (!isPath && /^(?:aws|ssm)/i.test(name)) return 'prefix';
  if (isPath && /^\/ssm/i.test(name)) return 'prefix-of-path';
  if (isPath && /^\/aws/i.test(name)) return 'prefix';
  if (!/^[A-Za-z0-9_.\-/]{1,2048}$/.test(name) || name.endsWith('/') || name.includes('//'))
    return 'characters';
  if (name.split('/').length - 1 > LEVELS_MAX_COUNT) return 'levels';
  return undefined;
}

/** Whether a text can be a label: at most 100 letters, digits, `.`, `-`, `_`; not beginning with a digit, aws or ssm. (SSM-5) */
export const isLabel = (text: string): boolean =>
  /^[A-Za-z_.-][A-Za-z0-9_.-]{0,99}$/.test(text) && !/^(?:aws|ssm)/i.test(text);

/** Whether `name` is below `path`, at any depth or exactly one level down. A name without a slash is at the root. (SSM-4) */
export function isBelow(name: string, path: string, isRecursive: boolean): boolean {
  const full = name.startsWith('/') ? name : `/${name}`;
  const base = path.endsWith('/') ? path : `${path}/`;
  if (!full.startsWith(base) || full === base) return false;
  return isRecursive || !full.slice(base.length).includes('/');
}
