/**
 * Reads an environment file: `NAME=VALUE`, cut at the first `=`. Blank lines, lines that begin with `#` and lines without
 * a `=` or a name are left out. Nothing is unquoted or expanded; white space around a line does not count. A name that
 * comes twice has the last value. (TSC-5; use-environment-file)
 */
export function parseEnvFile(text: string): Readonly<Record<string, string>> {
  const variables = new Map<string, string>();
  for (const line of text.replace(/^\ufeff/, '').split('\n')) {
    const trimmed = line.trim();
    const cut = trimmed.indexOf('=');
    if (trimmed.startsWith('#') || cut < 1) continue;
    variables.set(trimmed.slice(0, cut), trimmed.slice(cut + 1));
  }
  return Object.fromEntries(variables);
}

/** Several files as one: of a name that is in more than one the first file's value stands. (TSC-5) */
export const mergedEnvFiles = (
  files: readonly Readonly<Record<string, string>>[],
): Readonly<Record<string, string>> => Object.assign({}, ...files.toReversed()) as Record<string, string>;
