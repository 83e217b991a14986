import { describe, expect, test } from 'vitest';
import { type Clock, instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { issuerKeys } from './issuer-keys.ts';

const ISSUER = 'issuer.example/tenant';

/** An issuer that answers; what it was asked; and a clock that can be set. */
function anIssuer(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const time = { now: 0 };
  const clock: Clock = { now: () => instant(time.now), schedule: () => () => {} };
  const fetchJson = async (url: string) => {
    asked.push(url);
    if (!Object.hasOwn(answers, url)) throw new Error('unreachable');
    return answers[url];
  };
  return { asked, time, options: { clock, log: silentLog, fetchJson } };
}

const CONFIGURATION = 'https://issuer.example/tenant/.well-known/openid-configuration';
const KEYS = 'https://keys.example/jwks';
const PUBLISHED = { [CONFIGURATION]: { jwks_uri: KEYS }, [KEYS]: { keys: [{ kty: 'EC', kid: 'k1' }] } };

describe('keys of issuers', () => {
  test('[STS-8] configured keys win, and nobody is asked', async () => {
    const { asked, options } = anIssuer(PUBLISHED);
    const configured = () => new Map([[ISSUER, { keys: [{ kty: 'RSA' }] }]]);
    expect(await issuerKeys({ ...options, configured }).find(ISSUER, 'k1')).toEqual({
      keys: [{ kty: 'RSA' }],
    });
    expect(asked).toEqual([]);
  });

  test('[STS-8] published keys are remembered for ten minutes', async () => {
    const { asked, time, options } = anIssuer(PUBLISHED);
    const keys = issuerKeys({ ...options, configured: () => new Map() });
    expect(await keys.find(ISSUER, 'k1')).toEqual({ keys: [{ kty: 'EC', kid: 'k1' }] });
    time.now = 599_999;
    await keys.find(ISSUER, 'k1');
    expect(asked).toEqual([CONFIGURATION, KEYS]);
    time.now = 600_000;
    await keys.find(ISSUER, 'k1');
    expect(asked).toHaveLength(4);
  });

  test('[STS-8] for a key that is not among them the issuer is asked again, not more often than every 30 s', async () => {
    const { asked, time, options } = anIssuer(PUBLISHED);
    const keys = issuerKeys({ ...options, configured: () => new Map() });
    await keys.find(ISSUER, 'k2');
    time.now = 29_999;
    await keys.find(ISSUER, 'k2');
    expect(asked).toHaveLength(2);
    time.now = 30_000;
    await keys.find(ISSUER, 'k2');
    expect(asked).toHaveLength(4);
  });

  test.each([
    ['cannot be reached', {}],
    ['has no address of keys', { [CONFIGURATION]: {} }],
    ['names an unprotected address', { [CONFIGURATION]: { jwks_uri: 'http://keys.example' } }],
    ['answers something else', { [CONFIGURATION]: { jwks_uri: KEYS }, [KEYS]: [] }],
  ])('[STS-8] an issuer that %s has no keys', async (_name, answers) => {
    const { options } = anIssuer(answers);
    expect(await issuerKeys({ ...options, configured: () => new Map() }).find(ISSUER, 'k1')).toBeUndefined();
  });
});
