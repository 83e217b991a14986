/** A name of an image that tasks of this host have used, and that is still there as far as the agent knows. */
export interface KnownImage {
  /** The id of its configuration, `sha256:…`. */
  readonly imageId: string;
  /** As tasks asked for it; undefined once the name has moved on to another image. */
  readonly name?: string | undefined;
  /** Epoch milliseconds, as all times here. */
  readonly pulledAtMs: number;
  readonly lastUsedAtMs: number;
  /** The agent brought it. What had this name on the host before is somebody else's and is never removed. */
  readonly isOurs: boolean;
}

/** All images that the agent knows of, at most one with each name. */
export type ImageLedger = readonly KnownImage[];

/** The ledger after an image was brought to the host or found there. (LIF-20) */
export function withPulled(
  ledger: ImageLedger,
  pulled: {
    readonly image: string;
    readonly imageId: string;
    readonly isNew: boolean;
    readonly nowMs: number;
  },
): ImageLedger {
  const { image: name, imageId, isNew, nowMs } = pulled;
  const named = ledger.find((entry) => entry.name === name);
  const known = named?.imageId === imageId ? named : undefined;
  const others = ledger.filter((entry) => entry !== named);
  // What nobody can ask for by its name any more is of use to nobody; unless it was never ours to remove.
  const nameless = named !== undefined && known === undefined && named.isOurs;
  const next: KnownImage = {
    imageId,
    name,
    pulledAtMs: isNew ? nowMs : (known?.pulledAtMs ?? nowMs),
    lastUsedAtMs: nowMs,
    isOurs: isNew || (known?.isOurs ?? false),
  };
  return [...others, ...(nameless ? [{ ...named, name: undefined }] : []), next];
}

/** The ledger with a time of last use for everything that is in use. */
export const withUse = (ledger: ImageLedger, inUse: ReadonlySet<string>, nowMs: number): ImageLedger =>
  ledger.map((entry) => (isUsed(entry, inUse) ? { ...entry, lastUsedAtMs: nowMs } : entry));

/** One name may go while the image is in use under another. */
const isUsed = ({ imageId, name }: KnownImage, inUse: ReadonlySet<string>): boolean =>
  inUse.has(name ?? imageId);

/** What a cleaning may remove. */
export interface CleaningRule {
  /** Names and ids of images that containers have or are about to have. */
  readonly inUse: ReadonlySet<string>;
  readonly nowMs: number;
  /** Images that were pulled later than this long ago stay. */
  readonly minimumAgeMs: number;
  /** At most this many. */
  readonly maxCount: number;
}

/** What to remove, the least recently used first: never what is in use, or what the agent did not bring. (LIF-21) */
export const removableImages = (ledger: ImageLedger, rule: CleaningRule): ImageLedger =>
  ledger
    .filter((entry) => entry.isOurs && !isUsed(entry, rule.inUse))
    .filter(({ pulledAtMs }) => rule.nowMs - pulledAtMs >= rule.minimumAgeMs)
    .toSorted((left, right) => left.lastUsedAtMs - right.lastUsedAtMs)
    .slice(0, rule.maxCount);
