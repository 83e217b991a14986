import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CleaningRule,
  type ImageLedger,
  type KnownImage,
  removableImages,
  withPulled,
  withUse,
} from './image-ledger.ts';

const pulled = (image: string, imageId: string, nowMs: number, isNew = true) => ({
  image,
  imageId,
  isNew,
  nowMs,
});
const rule = (part: Partial<CleaningRule> = {}): CleaningRule => ({
  inUse: new Set(),
  nowMs: 1_000,
  minimumAgeMs: 0,
  maxCount: 100,
  ...part,
});
const ids = (images: readonly KnownImage[]): readonly string[] => images.map(({ imageId }) => imageId);

describe('the ledger of images', () => {
  test('[LIF-20] a name that moves to another image leaves the old one, which may go by its id', () => {
    let ledger: ImageLedger = withPulled([], pulled('web:latest', 'old', 0));
    ledger = withPulled(ledger, pulled('web:latest', 'new', 10));
    expect(ledger).toMatchObject([
      { imageId: 'old', name: undefined, pulledAtMs: 0 },
      { imageId: 'new', name: 'web:latest', pulledAtMs: 10 },
    ]);
    expect(ids(removableImages(ledger, rule({ inUse: new Set(['web:latest']) })))).toEqual(['old']);
  });

  test('[LIF-20] a name that moves away from somebody else’s image leaves that alone', () => {
    const ledger = withPulled(withPulled([], pulled('web', 'theirs', 0, false)), pulled('web', 'new', 10));
    expect(ids(ledger)).toEqual(['new']);
  });

  test('[LIF-21] a name goes while the image is in use under another', () => {
    const ledger = withPulled(withPulled([], pulled('app:1', 'i', 0)), pulled('app:2', 'i', 5));
    const gone = removableImages(ledger, rule({ inUse: new Set(['app:2', 'i']) }));
    expect(gone.map(({ name }) => name)).toEqual(['app:1']);
  });

  test('[LIF-20] a pull that finds nothing new is a use, not a pull', () => {
    const ledger = withPulled([], pulled('web', 'i', 0));
    expect(withPulled(ledger, pulled('web', 'i', 50, false))).toMatchObject([
      { pulledAtMs: 0, lastUsedAtMs: 50, isOurs: true },
    ]);
  });

  test('[LIF-21] what was on the host before the agent came never goes', () => {
    const ledger = withPulled([], pulled('mine', 'i', 0, false));
    expect(removableImages(ledger, rule())).toEqual([]);
    // Another name of the same image is the agent's own.
    const both = withPulled(ledger, pulled('pulled', 'i', 5));
    expect(removableImages(both, rule()).map(({ name }) => name)).toEqual(['pulled']);
  });

  test.each([
    { ageMs: 3_599_999, count: 0 },
    { ageMs: 3_600_000, count: 1 },
  ])('[LIF-21] an hour after its pull an image may go ($ageMs ms: $count)', ({ ageMs, count }) => {
    const ledger = withPulled([], pulled('web', 'i', 0));
    expect(removableImages(ledger, rule({ nowMs: ageMs, minimumAgeMs: 3_600_000 }))).toHaveLength(count);
  });

  test('[LIF-21] nothing in use goes, the least recently used goes first, and not more than the rule says', () => {
    const image = fc.record({
      at: fc.nat(100),
      usedAt: fc.nat(100),
      isOurs: fc.boolean(),
      hasName: fc.boolean(),
      isUsed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(image, { maxLength: 8 }), fc.nat(8), fc.nat(100), (images, maxCount, age) => {
        const ledger: ImageLedger = images.map(({ at, usedAt, isOurs, hasName }, index) => ({
          ...{ imageId: `i${index}`, name: hasName ? `n${index}` : undefined, isOurs },
          ...{ pulledAtMs: at, lastUsedAtMs: usedAt },
        }));
        const inUse = new Set(
          images.flatMap(({ isUsed, hasName }, index) => (isUsed ? [`${hasName ? 'n' : 'i'}${index}`] : [])),
        );
        const gone = removableImages(ledger, { inUse, nowMs: 100, minimumAgeMs: age, maxCount });
        const allowed = images.filter(({ at, isOurs, isUsed }) => isOurs && !isUsed && 100 - at >= age);
        expect(gone).toHaveLength(Math.min(maxCount, allowed.length));
        const oldest = allowed.map(({ usedAt }) => usedAt).sort((left, right) => left - right);
        expect(gone.map(({ lastUsedAtMs }) => lastUsedAtMs)).toEqual(oldest.slice(0, maxCount));
        expect(ids(withUse(ledger, inUse, 7).filter(({ lastUsedAtMs }) => lastUsedAtMs === 7))).toEqual(
          expect.arrayContaining(images.flatMap(({ isUsed }, index) => (isUsed ? [`i${index}`] : []))),
        );
      }),
      { numRuns: 100 },
    );
  });
});
