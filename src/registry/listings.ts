import { type Image, isDigest } from '../domain/ecr.ts';
import { OCI_INDEX } from '../domain/image-manifest.ts';
import { images, imageTags, inRepository } from '../records/ecr.ts';
import { registryErrors } from './errors.ts';
import { type Exchange, enter, type RegistryAnswer } from './exchange.ts';

/** The longest page, and the page of a client that names no length. */
const PAGE_MAX_COUNT = 1_000;

/** The tags of a repository in byte order, by pages. (REG-11) */
export async function listTags(exchange: Exchange, name: string): Promise<RegistryAnswer> {
  enter(exchange, name, 'ListImages');
  const { ports, query } = exchange;
  const count = pageLength(query);
  const after = inRepository(name, query.get('last') ?? '');
  const rows = ports.store.read((tx) => tx.find(imageTags, 'repository', name, { after, limit: count + 1 }));
  const tags = rows.slice(0, count).map(({ tag }) => tag);
  const isMore = count > 0 && rows.length > count;
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      ...(isMore
        ? nextLink(`/v2/${name}/tags/list`, { n: `${count}`, last: tags[tags.length - 1] ?? '' })
        : {}),
    },
    body: JSON.stringify({ name, tags }),
  };
}

/** The manifests of the repository that describe `digest`, as an index; one of its pages. (REG-12) */
export async function listReferrers(
  exchange: Exchange,
  name: string,
  digest: string,
): Promise<RegistryAnswer> {
  enter(exchange, name, 'BatchGetImage');
  const { ports, query } = exchange;
  if (!isDigest(digest)) throw registryErrors.digestInvalid('not a digest');
  const artifactType = query.get('artifactType') ?? '';
  const last = query.get('last') ?? '';
  const found = ports.store
    .read((tx) => tx.find(images, 'subject', inRepository(name, digest), { after: inRepository(name, last) }))
    .filter((image) => artifactType === '' || image.facts.artifactType === artifactType);
  const page = found.slice(0, PAGE_MAX_COUNT);
  const filter: Record<string, string> = artifactType === '' ? {} : { artifactType };
  return {
    status: 200,
    headers: {
      'content-type': OCI_INDEX,
      ...(artifactType === '' ? {} : { 'oci-filters-applied': 'artifactType' }),
      ...(found.length > page.length
        ? nextLink(`/v2/${name}/referrers/${digest}`, {
            ...filter,
            last: page[page.length - 1]?.digest ?? '',
          })
        : {}),
    },
    body: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: page.map(descriptorOf) }),
  };
}

const descriptorOf = ({ digest, manifestBytes, facts }: Image) => ({
  mediaType: facts.mediaType,
  digest,
  size: manifestBytes,
  artifactType: facts.artifactType,
  annotations: facts.annotations,
});

function pageLength(query: URLSearchParams): number {
  const text = query.get('n');
  if (text === null) return PAGE_MAX_COUNT;
  if (!/^[0-9]{1,15}$/.test(text)) throw registryErrors.pageInvalid();
  return Math.min(Number(text), PAGE_MAX_COUNT);
}

const nextLink = (path: string, query: Readonly<Record<string, string>>): Record<string, string> => ({
  link: `<${path}?${new URLSearchParams(query).toString()}>; rel="next"`,
});
