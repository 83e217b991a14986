import type { Installation } from '../../lib/config.ts';

/** An image as the host pulls it. */
export interface HostImage {
  readonly image: string;
  /** True when our own registry holds it, which asks for a token. */
  readonly isOurs: boolean;
}

/**
 * The name by which a host pulls an image. A name under `<account>.dkr.ecr.<region>.amazonaws.com` of this account and
 * region is mapped to the registry of the installation, which is on its API endpoint; the API keeps showing the user's
 * name. A digest that the service resolved earlier takes the place of the tag. (PAY-6, PAY-7)
 */
export function hostImage(image: string, installation: Installation, digest?: string): HostImage {
  const { ecr, own } = prefixesOf(installation);
  const mapped = image.startsWith(ecr) ? `${own}${image.slice(ecr.length)}` : image;
  return { image: pinned(mapped, digest), isOurs: mapped.startsWith(own) };
}

/** What names of our own images begin with: as the user gives them, and as hosts pull them. */
interface Prefixes {
  readonly ecr: string;
  readonly own: string;
}

const prefixes = new WeakMap<Installation, Prefixes>();

function prefixesOf(installation: Installation): Prefixes {
  const known = prefixes.get(installation);
  if (known !== undefined) return known;
  const built = {
    ecr: `${installation.accountId}.dkr.ecr.${installation.region}.amazonaws.com/`,
    own: `${registryHost(installation)}/`,
  };
  prefixes.set(installation, built);
  return built;
}

/** Host and port of the registry: those of the API. */
export const registryHost = (installation: Installation): string =>
  installation.endpointUrl.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '');

function pinned(image: string, digest: string | undefined): string {
  if (digest === undefined || image.includes('@')) return image;
  const tagAt = image.indexOf(':', image.lastIndexOf('/') + 1);
  return `${tagAt < 0 ? image : image.slice(0, tagAt)}@${digest}`;
}
