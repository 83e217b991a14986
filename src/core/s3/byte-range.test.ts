import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteRange } from './byte-range.ts';

const bytesOf = (size: number): readonly number[] => Array.from({ length: size }, (_, at) => at);

/** Whether the byte at a place is asked for: from `first` on, up to `last`, or one of the `last` ones. */
function isAsked(
  at: number,
  { first, last, size }: { first: number | undefined; last: number | undefined; size: number },
): boolean {
  return first === undefined ? at >= size - (last ?? 0) : at >= first && at <= (last ?? size);
}

describe('byteRange', () => {
  test('[S3-5] what is answered is inside the object and inside what was asked', () => {
    const aNumber = fc.option(fc.nat({ max: 40 }), { nil: undefined });
    fc.assert(
      fc.property(aNumber, aNumber, fc.nat({ max: 30 }), (first, last, size) => {
        const found = byteRange(`bytes=${first ?? ''}-${last ?? ''}`, size);
        const wanted = bytesOf(size).filter((at) => isAsked(at, { first, last, size }));
        if (found === 'unsatisfiable') expect(wanted).toEqual([]);
        else if (found !== undefined) expect([found.start, found.end]).toEqual([wanted[0], wanted.at(-1)]);
        else expect((first === undefined && last === undefined) || (last ?? 40) < (first ?? 0)).toBe(true);
      }),
    );
  });

  test.each([undefined, '', 'bytes=-', 'bytes=0-1,3-4', 'items=0-1', 'bytes=5-1'])(
    '[S3-5] all for %s',
    (header) => {
      expect(byteRange(header, 10)).toBeUndefined();
    },
  );
});
