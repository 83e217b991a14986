import type { ImagePull, LocalImageUse, PulledImage } from '../runtime/driver.ts';
import type { EngineDeps, PullBehavior } from './engine-deps.ts';
import {
  type CleaningRule,
  type ImageLedger,
  type KnownImage,
  removableImages,
  withPulled,
  withUse,
} from './image-ledger.ts';
import { saver } from './live-task.ts';
import { pause } from './pause.ts';
import type { TaskRecord } from './task-record.ts';

/** The images of the host: which of them tasks use, and which may go. */
export interface HostImages {
  /** Brings an image by the host's pull behaviour. Rejects as the driver does. (LIF-10) */
  bring(want: Omit<ImagePull, 'localImage'>): Promise<PulledImage>;
  /** True while the engine's disk is fuller than the operator wants: what need not be kept goes at once. (LIF-22) */
  isDiskFull(): boolean;
  /** Loads what the last run knew, and cleans from then on until the signal is aborted. */
  open(signal: AbortSignal): Promise<void>;
}

type AgeRule = Pick<CleaningRule, 'minimumAgeMs' | 'maxCount'>;

/** How often the disk is looked at. (LIF-22) */
const DISK_LOOK_MS = 60_000;
const DOCUMENT = 'images';
const PERCENT = 100;
/** A large disk with this much left has room for more images, however full it is. (LIF-22) */
const ENOUGH_FREE_BYTES = 20 * 1024 ** 3;

/** Makes the keeper of a host's images. `records` are the tasks that are on the host now. */
export function hostImages(
  deps: EngineDeps,
  records: () => readonly TaskRecord[],
  onDiskFull: () => void,
): HostImages {
  const { driver, clock, state, log } = deps;
  const { pullBehavior, imageCleanup } = deps.settings;
  const bringing = new Map<string, number>();
  let ledger: ImageLedger = [];
  let removing: Promise<void> = Promise.resolve();
  let isFull = false;

  const save = saver(() => state.save(DOCUMENT, ledger));
  const keep = (next: ImageLedger): void => {
    ledger = next;
    save.soon();
  };
  const inUse = (): ReadonlySet<string> => new Set([...bringing.keys(), ...records().flatMap(usedImages)]);
  const removable = (rule: AgeRule): readonly KnownImage[] =>
    removableImages(ledger, { ...rule, inUse: inUse(), nowMs: clock.now() });

  const remove = async (entry: KnownImage): Promise<void> => {
    const reference = entry.name ?? entry.imageId;
    const isGone = await driver.removeImage(reference);
    log.info('image.removed', { image: reference, isGone });
    // One that somebody else's container has is not the first that is tried the next time.
    const left = isGone ? [] : [{ ...entry, lastUsedAtMs: clock.now() }];
    keep([...ledger.filter((other) => !isSame(other, entry)), ...left]);
  };

  const clean = async (rule: AgeRule, isEnough: () => Promise<boolean>): Promise<void> => {
    keep(withUse(ledger, inUse(), clock.now()));
    for (const entry of removable(rule)) {
      if (await isEnough()) return;
      // A task may have come to want it meanwhile.
      const still = removable({ ...rule, maxCount: ledger.length }).find((other) => isSame(other, entry));
      if (still === undefined) continue;
      const { promise, resolve } = Promise.withResolvers<void>();
      removing = promise;
      await remove(still).finally(resolve);
    }
  };

  const lookAtDisk = async (): Promise<boolean> => {
    isFull = await isOverfull(deps);
    return !isFull;
  };
  const relieve = async (): Promise<void> => {
    if (await lookAtDisk()) return;
    onDiskFull();
    await clean({ minimumAgeMs: 0, maxCount: ledger.length }, lookAtDisk);
  };

  const every = async (ms: number, signal: AbortSignal, act: () => Promise<unknown>): Promise<void> => {
    for (await pause(clock, ms, signal); !signal.aborted; await pause(clock, ms, signal)) {
      await act().catch((error: unknown) => log.warn('images.not-cleaned', { error: String(error) }));
    }
  };

  return {
    bring: async (want) => {
      const { image } = want;
      bringing.set(image, (bringing.get(image) ?? 0) + 1);
      try {
        await removing;
        const wasPulled = ledger.some(({ name }) => name === image);
        const pulled = await driver.pullImage({ ...want, localImage: localUse(pullBehavior, wasPulled) });
        const { imageId } = pulled;
        if (imageId !== undefined)
          keep(withPulled(ledger, { image, imageId, isNew: pulled.isNew, nowMs: clock.now() }));
        return pulled;
      } finally {
        const left = (bringing.get(image) ?? 1) - 1;
        if (left === 0) bringing.delete(image);
        else bringing.set(image, left);
      }
    },
    isDiskFull: () => isFull,
    open: async (signal) => {
      const saved = await state.load(DOCUMENT);
      if (Array.isArray(saved)) ledger = saved as ImageLedger;
      if (!imageCleanup.isOn || pullBehavior === 'prefer-cached') return;
      const { minimumAgeMs, intervalMs, countPerCycle } = imageCleanup;
      void every(intervalMs, signal, () =>
        clean({ minimumAgeMs, maxCount: countPerCycle }, async () => false),
      );
      void every(DISK_LOOK_MS, signal, relieve);
    },
  };
}

const isSame = (left: KnownImage, right: KnownImage): boolean =>
  left.imageId === right.imageId && left.name === right.name;

/** What each behaviour makes of an image that is on the host. (LIF-10) */
function localUse(behavior: PullBehavior, wasPulled: boolean): LocalImageUse {
  switch (behavior) {
    case 'always':
      return 'never';
    case 'prefer-cached':
      return 'first';
    case 'once':
      return wasPulled ? 'first' : 'fallback';
    case 'default':
      return 'fallback';
  }
}

/** A stopped task's containers keep their images until they are removed. */
const usedImages = ({ payload, containers }: TaskRecord): readonly string[] => [
  ...payload.containers.map(({ image }) => image),
  ...containers.flatMap(({ imageId }) => (imageId === undefined ? [] : [imageId])),
];

async function isOverfull({ driver, settings }: EngineDeps): Promise<boolean> {
  const disk = await driver.imageDisk();
  if (disk === undefined || disk.totalBytes === 0 || disk.freeBytes >= ENOUGH_FREE_BYTES) return false;
  const usedPercent = PERCENT * (1 - disk.freeBytes / disk.totalBytes);
  return usedPercent > settings.imageCleanup.diskFullPercent;
}
