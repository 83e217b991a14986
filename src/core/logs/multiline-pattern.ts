/** What each directive of strftime stands for in a time format, as a regular expression. */
const TIME_DIRECTIVES: Readonly<Record<string, string>> = {
  a: '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)',
  A: '(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)',
  b: '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)',
  B: '(?:January|February|March|April|May|June|July|August|September|October|November|December)',
  d: '(?:0[1-9]|[12][0-9]|3[01])',
  f: '\\d{6}',
  H: '(?:[01][0-9]|2[0-3])',
  I: '(?:0[0-9]|1[0-2])',
  j: '(?:[0-2][0-9][0-9]|3[0-5][0-9]|36[0-6])',
  L: '\\.\\d{3}',
  m: '(?:0[1-9]|1[0-2])',
  M: '[0-5][0-9]',
  p: '[AP]M',
  S: '[0-5][0-9]',
  w: '[0-6]',
  y: '\\d{2}',
  Y: '\\d{4}',
  z: '[+-]\\d{4}',
  Z: '[A-Z]{1,4}T',
  '%': '%',
};

/** The classes of POSIX, which the engine's expressions have and ours spell out. */
const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-/:-@[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};

/**
 * The first line of an event that may have several: what matches `awslogs-multiline-pattern`, or a time in the form of
 * `awslogs-datetime-format`. Undefined without either, null where the text is no pattern. (LOG-20)
 */
export function multilinePattern(options: Readonly<Record<string, unknown>>): RegExp | undefined | null {
  const timeFormat = textOf(options['awslogs-datetime-format']);
  const pattern = timeFormat === '' ? textOf(options['awslogs-multiline-pattern']) : ofTime(timeFormat);
  if (pattern === undefined) return null;
  return pattern === '' ? undefined : compiled(pattern);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A time format as a pattern: what is no directive stays as it is, a pattern like the rest. */
function ofTime(format: string): string | undefined {
  const unknown = [...format.matchAll(/%(.?)/g)].some(
    ([, letter = '']) => !Object.hasOwn(TIME_DIRECTIVES, letter),
  );
  if (unknown) return undefined;
  return format.replace(/%(.)/g, (_all, letter: string) => TIME_DIRECTIVES[letter] ?? '');
}

/** Reads the engine's spelling (RE2): flags in front, names with a P, ends of the text, classes of POSIX. */
function compiled(pattern: string): RegExp | null {
  const [, flags = '', rest = pattern] = /^\(\?([ims]+)\)(.*)$/s.exec(pattern) ?? [];
  const source = rest
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$')
    .replace(/\[:(\w+):\]/g, (all, name: string) => POSIX_CLASSES[name] ?? all);
  try {
    return new RegExp(source, [...new Set(flags)].join(''));
  } catch {
    return null;
  }
}
