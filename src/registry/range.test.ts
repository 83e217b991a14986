import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRange } from './range.ts';

describe('readRange', () => {
  test.each(['', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=a-b', 'items=0-1', 'bytes=0-1,3-4'])(
    '[REG-8] %j is the whole blob',
    (header) => {
      expect(readRange(header, 10)).toEqual({ kind: 'whole' });
    },
  );

  test('[REG-8] nothing of an empty blob can be sent', () => {
    expect(readRange('bytes=0-0', 0)).toEqual({ kind: 'unsatisfiable' });
    expect(readRange('bytes=-5', 0)).toEqual({ kind: 'unsatisfiable' });
  });

  test('[REG-8] a part is never empty, never outside, and what was asked for', () => {
    const range = fc.record({ from: fc.nat(30), to: fc.nat(30), size: fc.nat(25) });
    fc.assert(
      fc.property(range, ({ from, to, size }) => {
        const found = readRange(`bytes=${from}-${to}`, size);
        if (to < from) expect(found.kind).toBe('whole');
        else if (from >= size) expect(found.kind).toBe('unsatisfiable');
        else expect(found).toEqual({ kind: 'part', start: from, end: Math.min(to, size - 1) });
      }),
    );
  });
});
