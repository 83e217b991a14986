import { readFileSync } from 'node:fs';

/** The version of the package, e.g. `0.1.0`. */
export function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

/** The text of the package's licence. */
export const license = (): string => readFileSync(new URL('../../LICENSE', import.meta.url), 'utf8');
