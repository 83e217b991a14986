import { describe, expect, test } from 'vitest';
import { instant, plusMs } from '../lib/clock.ts';
import { memoryStore } from '../store/memory-store.ts';
import { canonicalRequest, rememberToken, TOKEN_LIFE_MS, tokenUse } from './idempotency.ts';

const NOW = instant(1_000_000);
const SCOPE = { operation: 'RunTask', clusterArn: 'arn:cluster', token: 'abc' };

async function remembering(input: object) {
  const store = await memoryStore();
  await store.write((tx) => rememberToken(tx, SCOPE, { input, resourceArns: ['arn:task'], now: NOW }));
  return store;
}

describe('tokenUse', () => {
  test.each([
    { name: 'the same request is a repeat', input: { b: [1], a: 1, clientToken: 'abc' }, kind: 'repeat' },
    { name: 'an absent member is no difference', input: { a: 1, b: [1], c: undefined }, kind: 'repeat' },
    { name: 'another value is a conflict', input: { a: 2, b: [1] }, kind: 'conflict' },
    { name: 'another order of a list is a conflict', input: { a: 1, b: [1, 2] }, kind: 'conflict' },
  ])('[IDM-1] $name', async ({ input, kind }) => {
    const store = await remembering({ a: 1, b: [1] });
    const use = store.read((tx) => tokenUse(tx, SCOPE, { input, now: NOW }));
    expect(use).toEqual({ kind, resourceArns: ['arn:task'] });
  });

  test('[IDM-1] another cluster, operation or token is a first use', async () => {
    const store = await remembering({});
    for (const other of [{ clusterArn: 'x' }, { operation: 'x' }, { token: 'x' }]) {
      expect(store.read((tx) => tokenUse(tx, { ...SCOPE, ...other }, { input: {}, now: NOW }))).toEqual({
        kind: 'first',
      });
    }
  });

  test('[IDM-1] a token is forgotten after 24 hours, not a millisecond earlier', async () => {
    const store = await remembering({});
    const at = (ms: number) =>
      store.read((tx) => tokenUse(tx, SCOPE, { input: {}, now: plusMs(NOW, ms) }).kind);
    expect(at(TOKEN_LIFE_MS - 1)).toBe('repeat');
    expect(at(TOKEN_LIFE_MS)).toBe('first');
  });
});

test('canonicalRequest ignores the order of members and the token', () => {
  expect(canonicalRequest({ b: { d: 1, c: null }, a: 1, clientToken: 't' })).toBe('{"a":1,"b":{"d":1}}');
});
