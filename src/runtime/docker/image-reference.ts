/** An image's name in the parts that the engine wants. */
export interface ImageReference {
  /** With the registry, without tag and digest. */
  readonly repository: string;
  /** A tag, or a digest (`sha256:…`), which wins. `latest` when the name has neither. */
  readonly version: string;
  /** The registry that is asked; `docker.io` for names without one. */
  readonly registry: string;
}

/** Splits an image's name as the engine itself understands it. */
export function parseImageReference(image: string): ImageReference {
  const [named = '', digest] = image.split('@');
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const repository = hasTag ? named.slice(0, colon) : named;
  const tag = hasTag ? named.slice(colon + 1) : 'latest';
  return { repository, version: digest ?? tag, registry: registryOf(repository) };
}

/** The first part names a registry when it looks like a host: with a dot, a port, or `localhost`. */
function registryOf(repository: string): string {
  const slash = repository.indexOf('/');
  const first = slash < 0 ? '' : repository.slice(0, slash);
  return first === 'localhost' || /[.:]/.test(first) ? first : 'docker.io';
}
