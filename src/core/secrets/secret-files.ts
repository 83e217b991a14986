/** A Docker label that begins so puts the secret named after it into a file; its value is the path in the container. */
const LABEL_PREFIX = 'gantry.secret-file.';

/** The paths that labels ask for, by the secret's name. (TSC-8) */
export const secretFilePaths = (labels: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(labels).flatMap(([label, path]) =>
      label.startsWith(LABEL_PREFIX) ? [[label.slice(LABEL_PREFIX.length), path] as const] : [],
    ),
  );

/** What is wrong with the labels, given the names of the container's secrets; undefined when all is well. (TSC-8) */
export function brokenSecretFiles(
  labels: Readonly<Record<string, string>>,
  names: readonly string[],
): string | undefined {
  const paths = secretFilePaths(labels);
  for (const [name, path] of paths) {
    if (!names.includes(name)) return `The label ${LABEL_PREFIX}${name} names no member of secrets.`;
    if (!isFilePath(path)) {
      return `The label ${LABEL_PREFIX}${name} needs the absolute path of a file, without '..', ':' and a slash at the end.`;
    }
  }
  return new Set(paths.values()).size === paths.size ? undefined : 'Two secrets cannot be in the same file.';
}

const isFilePath = (path: string): boolean =>
  /^\/[^:\0]{1,255}$/.test(path) &&
  !path.endsWith('/') &&
  !path.split('/').some((part) => part === '..' || part === '.');
