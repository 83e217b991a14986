import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprint } from './fingerprint.ts';

test('fingerprint of equal texts is equal, of others it differs', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      (one, other) => (fingerprint(one) === fingerprint(other)) === (one === other),
    ),
  );
});

test('fingerprint tells near texts apart', () => {
  const seen = new Set(Array.from({ length: 20_000 }, (_, index) => fingerprint(`{"count":${index}}`)));
  expect(seen.size).toBe(20_000);
});
