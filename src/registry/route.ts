/** What a path of the registry names. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | {
      readonly kind: 'blob' | 'upload' | 'manifest' | 'referrers';
      readonly name: string;
      readonly target: string;
    }
  | { readonly kind: 'uploads' | 'tags'; readonly name: string };

/** In this order, each greedy in the name: a repository may itself be named `a/blobs/b`. (REG-2) */
const PATTERNS: readonly {
  readonly kind: Exclude<Route['kind'], 'base' | 'catalog'>;
  readonly form: RegExp;
}[] = [
  { kind: 'uploads', form: /^(.+)\/blobs\/uploads\/?$/ },
  { kind: 'upload', form: /^(.+)\/blobs\/uploads\/([^/]+)$/ },
  { kind: 'blob', form: /^(.+)\/blobs\/([^/]+)$/ },
  { kind: 'manifest', form: /^(.+)\/manifests\/([^/]+)$/ },
  { kind: 'tags', form: /^(.+)\/tags\/list$/ },
  { kind: 'referrers', form: /^(.+)\/referrers\/([^/]+)$/ },
];

/** Reads a path (decoded, without query); undefined when it names nothing. */
export function readRoute(path: string): Route | undefined {
  if (path === '/v2' || path === '/v2/') return { kind: 'base' };
  if (!path.startsWith('/v2/')) return undefined;
  const rest = path.slice('/v2/'.length);
  if (rest === '_catalog') return { kind: 'catalog' };
  for (const { kind, form } of PATTERNS) {
    const match = form.exec(rest);
    if (match === null) continue;
    const [, name = '', target = ''] = match;
    return kind === 'uploads' || kind === 'tags' ? { kind, name } : { kind, name, target };
  }
  return undefined;
}
