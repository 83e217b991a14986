type Extract = (text: string) => Readonly<Record<string, string>> | undefined;

/**
 * What `parse` takes out of a text: the groups of a regular expression, by their names or by `names`, or what the
 * wildcards of a glob stand for. Undefined when names and wildcards are not as many. (LOG-31)
 */
export function extractor(pattern: RegExp | string, names: readonly string[]): Extract | undefined {
  return typeof pattern === 'string' ? globExtractor(pattern, names) : groupExtractor(pattern, names);
}

function groupExtractor(pattern: RegExp, names: readonly string[]): Extract | undefined {
  const groupCount = (new RegExp(`${pattern.source}|`, pattern.flags).exec('')?.length ?? 1) - 1;
  if (groupCount === 0 || (names.length > 0 && names.length !== groupCount)) return undefined;
  return (text) => {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const pairs =
      names.length > 0
        ? names.map((name, index) => [name, match[index + 1]] as const)
        : Object.entries(match.groups ?? {});
    return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
  };
}

/** A wildcard stands for as little as it can, the last one, at the end, for the rest. */
function globExtractor(glob: string, names: readonly string[]): Extract | undefined {
  const [head = '', ...literals] = glob.split('*');
  if (literals.length === 0 || literals.length !== names.length) return undefined;
  return (text) => {
    let at = text.indexOf(head);
    if (at < 0) return undefined;
    at += head.length;
    const found: Record<string, string> = {};
    for (const [index, literal] of literals.entries()) {
      const isLast = literal === '' && index === literals.length - 1;
      const end = isLast ? text.length : text.indexOf(literal, at);
      if (end < 0) return undefined;
      found[names[index] ?? ''] = text.slice(at, end);
      at = end + literal.length;
    }
    return found;
  };
}
