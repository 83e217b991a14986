/** An image that tasks of this host have used, and that is still there as far as the agent knows. */
export interface KnownImage {
  /** The id of its configuration, `sha256:…`. */
  readonly imageId: string;
  /** The names under which tasks asked for it. A name that has moved on to another image is not among them. */
  readonly names: readonly string[];
  /** Epoch milliseconds, as all times here. */
  readonly pulledAtMs: number;
  readonly lastUsedAtMs: number;
  /** The agent brought it. What was on the host before is somebody else's and is never removed. */
  readonly isOurs: boolean;
}

/** All images that the agent knows of, at most one with each id and with each name. */
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
  const { image, imageId, isNew, nowMs } = pulled;
  const known = ledger.find((entry) => entry.imageId === imageId);
  const others = ledger
    .filter((entry) => entry !== known)
    .map((entry) => ({ ...entry, names: entry.names.filter((name) => name !== image) }));
  const next: KnownImage = {
    imageId,
    names: [...(known?.names ?? []).filter((name) => name !== image), image],
    pulledAtMs: isNew ? nowMs : (known?.pulledAtMs ?? nowMs),
    lastUsedAtMs: nowMs,
    isOurs: known?.isOurs ?? isNew,
  };
  return [...others, next];
}

/** The ledger after a name was taken away; an image without names is gone. */
export function withoutName(ledger: ImageLedger, imageId: string, name: string | undefined): ImageLedger {
  return ledger.flatMap((entry) => {
    if (entry.imageId !== imageId) return [entry];
    const names = entry.names.filter((other) => other !== name);
    return names.length === 0 ? [] : [{ ...entry, names }];
  });
}

/** The ledger with a time of last use for everything that is in use. */
export const withUse = (ledger: ImageLedger, inUse: ReadonlySet<string>, nowMs: number): ImageLedger =>
  ledger.map((entry) => (isUsed(entry, inUse) ? { ...entry, lastUsedAtMs: nowMs } : entry));

const isUsed = ({ imageId, names }: KnownImage, inUse: ReadonlySet<string>): boolean =>
  inUse.has(imageId) || names.some((name) => inUse.has(name));

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
export const removableImages = (ledger: ImageLedger, rule: CleaningRule): readonly KnownImage[] =>
  ledger
    .filter((entry) => entry.isOurs && !isUsed(entry, rule.inUse))
    .filter(({ pulledAtMs }) => rule.nowMs - pulledAtMs >= rule.minimumAgeMs)
    .toSorted((left, right) => left.lastUsedAtMs - right.lastUsedAtMs)
    .slice(0, rule.maxCount);
