import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';
import { signRequest } from './sigv4-sign.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const now = Date.parse('2026-11-22T10:11:12Z');

async function signedByTheSdk(url: string, body: string, sessionToken?: string): Promise<string> {
  const parsed = new URL(url);
  const signer = new SignatureV4({
    credentials: { ...credentials, ...(sessionToken === undefined ? {} : { sessionToken }) },
    region: 'eu-west-1',
    service: 'ecs',
    sha256: Sha256,
    applyChecksum: false,
  });
  const query: Record<string, string> = Object.fromEntries(parsed.searchParams);
  const signed = await signer.sign(
    {
      method: 'POST',
      protocol: parsed.protocol,
      hostname: parsed.hostname,
      path: parsed.pathname,
      query,
      headers: { host: parsed.host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'A.B' },
      body,
    },
    { signingDate: new Date(now) },
  );
  return signed.headers['authorization'] ?? '';
}

describe('signRequest', () => {
  test.each([
    { name: 'the root path', url: 'http://127.0.0.1:7070/', body: '{}' },
    { name: 'a path with encoded characters', url: 'https://ecs.example/a%20b//c/%C3%A9/', body: '' },
    { name: 'a query', url: 'http://localhost:7070/ws?clusterArn=arn%3Aaws%3Aecs&b=2&a=1%2B1', body: '' },
  ])('signs $name as the SDK does', async ({ url, body }) => {
    const headers = { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'A.B' };
    const signed = signRequest({
      method: 'POST',
      url,
      headers,
      body,
      credentials,
      region: 'eu-west-1',
      service: 'ecs',
      now,
    });
    expect(signed['authorization']).toBe(await signedByTheSdk(url, body));
  });

  test('sends and signs the session token', async () => {
    const url = 'ws://localhost:7070/ws?seqNum=1';
    const signed = signRequest({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'A.B' },
      credentials: { ...credentials, sessionToken: 'token' },
      region: 'eu-west-1',
      service: 'ecs',
      now,
    });
    expect(signed).toMatchObject({ host: 'localhost:7070', 'x-amz-security-token': 'token' });
    expect(signed['authorization']).toBe(await signedByTheSdk(url, '', 'token'));
  });
});
