import { hash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Caller } from '../../domain/caller.ts';
import { instant } from '../../lib/clock.ts';
import type { Authentication } from '../authenticator.ts';
import type { WireRequest } from '../request.ts';
import { CLOCK_SKEW_MAX_MS, type KnownKey, sigv4Authenticator, type VerifierOptions } from './verify.ts';

const NOW = Date.parse('2026-11-22T10:11:12Z');
const caller: Caller = { kind: 'user', accountId: '1', arn: 'arn', userId: 'u', accessKeyId: 'AKID' };
const KEYS: Readonly<Record<string, KnownKey>> = {
  AKID: { secretAccessKey: 'secret/+=', caller },
  ASIA: { secretAccessKey: 'other', sessionToken: 'tok/en+==', expiresAt: NOW + 1, caller },
  ASIAOLD: { secretAccessKey: 'other', sessionToken: 'tok/en+==', expiresAt: NOW, caller },
};

const verifierAt = (now: number): VerifierOptions => ({
  clock: { now: () => instant(now), schedule: () => () => {} },
  findKey: (accessKeyId) => KEYS[accessKeyId],
});
const authenticateAt = (now: number) => sigv4Authenticator(verifierAt(now));
const authenticate = authenticateAt(NOW);

interface Wish {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
  readonly accessKeyId: string;
  readonly presigned: boolean;
  readonly service?: string;
  readonly region?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const aWish = (wish: Partial<Wish> = {}): Wish => ({
  method: 'POST',
  path: '/',
  query: {},
  body: '{}',
  accessKeyId: 'AKID',
  presigned: false,
  ...wish,
});

/** Signs with the SDK and turns the result into what the HTTP server would hand over. */
async function signed(wish: Wish, secret?: string): Promise<WireRequest> {
  const known = KEYS[wish.accessKeyId];
  const token = known?.sessionToken;
  const signer = new SignatureV4({
    credentials: {
      accessKeyId: wish.accessKeyId,
      secretAccessKey: secret ?? known?.secretAccessKey ?? 'unknown',
      ...(token === undefined ? {} : { sessionToken: token }),
    },
    region: wish.region ?? 'eu-west-1',
    service: wish.service ?? 'ecs',
    sha256: Sha256,
    applyChecksum: false,
  });
  const request = {
    method: wish.method,
    protocol: 'http:',
    hostname: '127.0.0.1',
    path: wish.path,
    query: { ...wish.query },
    headers: { host: '127.0.0.1:7070', 'x-amz-target': 'T.Op', 'x-odd': '  two   words ', ...wish.headers },
    body: wish.body,
  };
  const options = { signingDate: new Date(NOW), unhoistableHeaders: new Set(['x-amz-target']) };
  const out = wish.presigned ? await signer.presign(request, options) : await signer.sign(request, options);
  return {
    method: out.method,
    path: out.path,
    query: Object.entries(out.query ?? {})
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
      .join('&'),
    headers: Object.fromEntries(
      Object.entries(out.headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: Buffer.from(wish.body),
  };
}

const oddText = fc
  .array(
    fc.constantFrom(
      'a',
      '/',
      ' ',
      '%',
      '+',
      '~',
      '*',
      "'",
      '(',
      '!',
      '.',
      '..',
      'é',
      '😀',
      '=',
      '&',
      '?',
      '#',
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));

const anyWish: fc.Arbitrary<Wish> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  path: oddText.map((text) => `/${text.split('/').map(encodeURIComponent).join('/')}`),
  query: fc.dictionary(
    oddText.filter((name) => name !== ''),
    oddText,
    { maxKeys: 3 },
  ),
  body: fc.string({ maxLength: 30 }),
  accessKeyId: fc.constantFrom('AKID', 'ASIA'),
  presigned: fc.boolean(),
  region: fc.constantFrom('eu-west-1', 'us-east-1', 'nowhere-9'),
});

const refusalOf = (found: Authentication): string | undefined =>
  found.kind === 'refused' ? found.refusal.kind : undefined;

describe('sigv4Authenticator', () => {
  test('[WIR-14] [WIR-15] accepts whatever the SDK signs, for any Region', async () => {
    await fc.assert(
      fc.asyncProperty(anyWish, async (wish) => {
        expect(authenticate(await signed(wish), 'ecs')).toEqual({ kind: 'caller', caller });
      }),
      { numRuns: 200 },
    );
  });

  test('[WIR-22] the head alone is judged by the hash that it claims', async () => {
    const request = await signed(aWish({ service: 's3', method: 'PUT', path: '/b/k', body: 'text' }));
    const claimed = { ...request.headers, 'x-amz-content-sha256': hash('sha256', 'text', 'hex') };
    const head = { ...request, headers: claimed, body: Buffer.alloc(0) };
    expect(authenticate(head, 's3', true)).toMatchObject({ kind: 'caller' });
    expect(refusalOf(authenticate(head, 's3'))).toBe('bad-signature');
    expect(refusalOf(authenticate({ ...head, path: '/b/other' }, 's3', true))).toBe('bad-signature');
    const other = { ...claimed, 'x-amz-content-sha256': hash('sha256', 'more', 'hex') };
    expect(refusalOf(authenticate({ ...head, headers: other }, 's3', true))).toBe('bad-signature');
    // Without a claim nothing is known of the body, and the rest is judged.
    const silent = { ...head, headers: request.headers };
    expect(authenticate(silent, 's3', true)).toMatchObject({ kind: 'caller' });
    const unknown = String(request.headers['authorization']).replace('AKID', 'AKIDX');
    expect(
      refusalOf(
        authenticate({ ...silent, headers: { ...request.headers, authorization: unknown } }, 's3', true),
      ),
    ).toBe('unknown-key');
  });

  test('[S3-11] a header that makes a copy of an upload has to be signed', async () => {
    for (const presigned of [true, false]) {
      const request = await signed(aWish({ presigned, service: 's3', method: 'PUT', path: '/b/k' }));
      expect(authenticate(request, 's3')).toMatchObject({ kind: 'caller' });
      const headers = { ...request.headers, 'x-amz-copy-source': '/other/secret' };
      expect(refusalOf(authenticate({ ...request, headers }, 's3'))).toBe('unsigned-headers');
    }
  });

  const tampers: Readonly<Record<string, (request: WireRequest) => WireRequest>> = {
    body: (request) => ({ ...request, body: Buffer.concat([request.body, Buffer.from('x')]) }),
    path: (request) => ({ ...request, path: `${request.path.replace(/\/$/, '')}/x` }),
    query: (request) => ({ ...request, query: request.query === '' ? 'x=1' : `${request.query}&x=1` }),
    method: (request) => ({ ...request, method: 'DELETE' }),
    'signed header': (request) => ({
      ...request,
      headers: { ...request.headers, 'x-amz-target': 'T.Other' },
    }),
    host: (request) => ({ ...request, headers: { ...request.headers, host: 'elsewhere' } }),
  };

  test.each(Object.keys(tampers))('[WIR-14] refuses another %s', async (part) => {
    await fc.assert(
      fc.asyncProperty(anyWish, async (wish) => {
        const request = tampers[part]?.(await signed(wish));
        expect(request && refusalOf(authenticate(request, 'ecs'))).toBe('bad-signature');
      }),
      { numRuns: 25 },
    );
  });

  test('[WIR-15] refuses a wrong secret, an unknown key and another service', async () => {
    expect(refusalOf(authenticate(await signed(aWish(), 'wrong'), 'ecs'))).toBe('bad-signature');
    expect(refusalOf(authenticate(await signed(aWish({ accessKeyId: 'NOBODY' })), 'ecs'))).toBe(
      'unknown-key',
    );
    expect(refusalOf(authenticate(await signed(aWish()), 'iam'))).toBe('wrong-service');
  });

  test('[WIR-16] refuses a session token that is missing, wrong or out of date', async () => {
    const request = await signed(aWish({ accessKeyId: 'ASIA' }));
    const { 'x-amz-security-token': _token, ...withoutToken } = request.headers;
    const wrong = { ...request.headers, 'x-amz-security-token': 'other' };
    expect(refusalOf(authenticate({ ...request, headers: withoutToken }, 'ecs'))).toBe('bad-signature');
    expect(refusalOf(authenticate({ ...request, headers: wrong }, 'ecs'))).toBe('bad-signature');
    expect(refusalOf(authenticate(await signed(aWish({ accessKeyId: 'ASIAOLD' })), 'ecs'))).toBe(
      'expired-token',
    );
  });

  test.each([
    { name: 'at the edge of too old', by: CLOCK_SKEW_MAX_MS, refusal: undefined },
    { name: 'too old', by: CLOCK_SKEW_MAX_MS + 1, refusal: 'outdated' },
    { name: 'at the edge of too early', by: -CLOCK_SKEW_MAX_MS, refusal: undefined },
    { name: 'too early', by: -CLOCK_SKEW_MAX_MS - 1, refusal: 'outdated' },
  ])('[WIR-12] judges a signature that is $name', async ({ by, refusal }) => {
    expect(refusalOf(authenticateAt(NOW + by)(await signed(aWish()), 'ecs'))).toBe(refusal);
  });

  test('[WIR-13] a presigned URL lives as long as it says', async () => {
    const request = await signed(aWish({ method: 'GET', presigned: true, body: '' }));
    expect(refusalOf(authenticateAt(NOW + 3_600_000)(request, 'ecs'))).toBeUndefined();
    expect(refusalOf(authenticateAt(NOW + 3_600_001)(request, 'ecs'))).toBe('outdated');
  });

  test('[WIR-14] accepts an unsigned payload only for services that are listed', async () => {
    const request = await signed(aWish());
    const headers = { ...request.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    expect(refusalOf(authenticate({ ...request, headers, body: Buffer.from('other') }, 'ecs'))).toBe(
      'bad-signature',
    );
    const unsignedPayloadServices = new Set(['s3']);
    const judge = sigv4Authenticator({ ...verifierAt(NOW), unsignedPayloadServices });
    const claim = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    const open = await signed(aWish({ service: 's3', headers: claim }));
    expect(judge({ ...open, body: Buffer.from('other') }, 's3')).toMatchObject({ kind: 'caller' });
    expect(refusalOf(judge(await signed(aWish({ headers: claim })), 'ecs'))).toBe('bad-signature');
  });

  test.each([
    { name: 'another algorithm', authorization: 'Basic QVdTOng=' },
    {
      name: 'no signature',
      authorization: 'AWS4-HMAC-SHA256 Credential=A/20261122/r/ecs/aws4_request, SignedHeaders=host',
    },
    {
      name: 'a short scope',
      authorization: `AWS4-HMAC-SHA256 Credential=A/ecs, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
    },
    {
      name: 'no host',
      authorization: `AWS4-HMAC-SHA256 Credential=A/20261122/r/ecs/aws4_request, SignedHeaders=date, Signature=${'0'.repeat(64)}`,
    },
  ])('refuses a header with $name and does not repeat it', async ({ authorization }) => {
    const request = await signed(aWish());
    const found = authenticate({ ...request, headers: { ...request.headers, authorization } }, 'ecs');
    expect(refusalOf(found)).toBe('malformed');
    expect(JSON.stringify(found)).not.toContain('20261122');
  });

  test('[WIR-14] does not accept a target that is not signed', async () => {
    const request = await signed(aWish());
    const { authorization } = request.headers;
    const without = String(authorization).replace('x-amz-target;', '');
    expect(
      refusalOf(authenticate({ ...request, headers: { ...request.headers, authorization: without } }, 'ecs')),
    ).toBe('malformed');
  });

  test('a request without any signature is unsigned', () => {
    const request = { method: 'POST', path: '/', query: '', headers: { host: 'x' }, body: Buffer.alloc(0) };
    expect(authenticate(request, 'ecs')).toEqual({ kind: 'unsigned' });
  });
});
