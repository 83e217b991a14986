import { isDigest, type ManifestFacts } from './ecr.ts';

const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
/** The type of an OCI index, which is also the type of a referrers answer. */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
/** Dropped from the image specification; old clients may still push it. */
const OCI_ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json';

const INDEX_TYPES: readonly string[] = [DOCKER_LIST, OCI_INDEX];
const MANIFEST_TYPES: readonly string[] = [DOCKER_MANIFEST, OCI_MANIFEST, OCI_ARTIFACT, ...INDEX_TYPES];

/** More entries than this in one manifest are refused; ECR's own bound of layers is 4,200. */
const ENTRIES_MAX_COUNT = 4_200;

/** A manifest that was understood, or why not. */
export type ParsedManifest =
  | { readonly kind: 'manifest'; readonly facts: ManifestFacts }
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * Reads a manifest or an index. `declaredType` is the media type that came beside it (its parameters are ignored); what
 * the JSON itself says must be the same. Unknown members are accepted. (REG-6)
 */
export function parseManifest(text: string, declaredType: string | undefined): ParsedManifest {
  const document = parseObject(text);
  if (document === undefined) return invalid('the manifest is not a JSON object');
  const stated = document['mediaType'];
  if (stated !== undefined && typeof stated !== 'string') return invalid('mediaType is not a string');
  const declared = declaredType?.split(';')[0]?.trim().toLowerCase();
  const mediaType = declared !== undefined && MANIFEST_TYPES.includes(declared) ? declared : stated;
  if (mediaType === undefined || !MANIFEST_TYPES.includes(mediaType)) {
    return invalid(`the media type ${mediaType ?? declared ?? ''} is not supported`);
  }
  if (stated !== undefined && stated !== mediaType) {
    return invalid(`mediaType in manifest should be '${mediaType}' not '${stated}'`);
  }
  return readFacts(document, mediaType);
}

function readFacts(document: JsonObject, mediaType: string): ParsedManifest {
  const isIndex = INDEX_TYPES.includes(mediaType);
  const config = isIndex || mediaType === OCI_ARTIFACT ? [] : readDescriptors([document['config']]);
  const contents = readDescriptors(document[contentMember(mediaType)] ?? []);
  const subject = document['subject'] === undefined ? [] : readDescriptors([document['subject']]);
  if (config === undefined) return invalid('config is not a descriptor');
  if (contents === undefined) return invalid(`${contentMember(mediaType)} is not a list of descriptors`);
  if (subject === undefined) return invalid('subject is not a descriptor');
  const ownType = document['artifactType'];
  const artifactType = typeof ownType === 'string' && ownType !== '' ? ownType : config[0]?.mediaType;
  const stored = [...config, ...contents];
  return {
    kind: 'manifest',
    facts: {
      mediaType,
      artifactType,
      blobDigests: isIndex ? [] : unique(stored.filter(mustBeStored)),
      childDigests: isIndex ? unique(contents) : [],
      subjectDigest: subject[0]?.digest,
      annotations: readAnnotations(document['annotations']),
      contentBytes: isIndex ? 0 : stored.reduce((total, { size }) => total + size, 0),
    },
  };
}

const contentMember = (mediaType: string): string =>
  INDEX_TYPES.includes(mediaType) ? 'manifests' : mediaType === OCI_ARTIFACT ? 'blobs' : 'layers';

type JsonObject = Readonly<Record<string, unknown>>;

interface Descriptor {
  readonly mediaType: string | undefined;
  readonly digest: string;
  readonly size: number;
  readonly isElsewhere: boolean;
}

/** Layers that the image names and the registry does not keep. */
const mustBeStored = ({ mediaType = '', isElsewhere }: Descriptor): boolean =>
  !(isElsewhere || mediaType.includes('.foreign.') || mediaType.includes('.nondistributable.'));

const unique = (descriptors: readonly Descriptor[]): readonly string[] => [
  ...new Set(descriptors.map(({ digest }) => digest)),
];

function readDescriptors(value: unknown): readonly Descriptor[] | undefined {
  if (!Array.isArray(value) || value.length > ENTRIES_MAX_COUNT) return undefined;
  const descriptors: Descriptor[] = [];
  for (const entry of value) {
    if (!isObject(entry)) return undefined;
    const { mediaType, digest, size, urls } = entry;
    if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
    if (mediaType !== undefined && typeof mediaType !== 'string') return undefined;
    descriptors.push({ mediaType, digest, size, isElsewhere: Array.isArray(urls) && urls.length > 0 });
  }
  return descriptors;
}

function readAnnotations(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (reason: string): ParsedManifest => ({ kind: 'invalid', reason });
