import { describe, expect, test } from 'vitest';
import { readSettings } from './settings.ts';
import { UsageError } from './usage-error.ts';

describe('readSettings', () => {
  test('fills in the documented defaults', () => {
    expect(readSettings({ dataDir: '/tmp/x' })).toEqual({
      host: '127.0.0.1',
      port: 7070,
      dataDir: '/tmp/x',
      region: 'us-east-1',
      accountId: '000000000000',
      auth: 'on',
      runtime: 'docker',
      paceMs: 0,
      storage: 'files',
      isResetAllowed: false,
      healthyAfterRunningSeconds: 40,
      execResumeMs: 30_000,
      oidcKeysFile: undefined,
      logLevel: 'info',
    });
  });

  test.each([
    {
      name: 'a port that is no number',
      raw: { port: 'http' },
      text: '--port takes a whole number from 1 to 65535',
    },
    { name: 'a port beyond the last', raw: { port: '65536' }, text: '--port' },
    { name: 'an account of 11 digits', raw: { account: '12345678901' }, text: '--account takes 12 digits' },
    { name: 'an unknown runtime', raw: { runtime: 'podman' }, text: '--runtime takes docker or simulated' },
    {
      name: '[PRG-3] open doors on a public address',
      raw: { auth: 'off', host: '0.0.0.0' },
      text: 'loopback address only',
    },
  ])('refuses $name and says what to write', ({ raw, text }) => {
    expect(() => readSettings(raw)).toThrow(UsageError);
    expect(() => readSettings(raw)).toThrow(text);
  });

  test('[PRG-3] allows open doors on a loopback address', () => {
    expect(readSettings({ auth: 'off', host: '127.0.0.2' }).auth).toBe('off');
  });

  test.each([
    { raw: {}, seconds: 40 },
    { raw: { runtime: 'simulated' }, seconds: 0 },
    { raw: { runtime: 'simulated', healthyAfter: '7' }, seconds: 7 },
    { raw: { healthyAfter: '0' }, seconds: 0 },
  ])('[PRG-8] with $raw a task is healthy after $seconds seconds', ({ raw, seconds }) => {
    expect(readSettings(raw).healthyAfterRunningSeconds).toBe(seconds);
  });

  test('[PRG-12] TLS has a port of its own, and the rest needs it', () => {
    expect(readSettings({}).tls).toBeUndefined();
    expect(readSettings({ host: '10.0.0.1', tlsPort: '7443' }).tls).toEqual({
      host: '10.0.0.1',
      port: 7443,
      names: [],
      files: undefined,
    });
    const given = {
      tlsPort: '443',
      tlsHost: '0.0.0.0',
      tlsName: ['a.test', '10.0.0.2'],
      tlsCert: 'c',
      tlsKey: 'k',
    };
    expect(readSettings(given).tls).toEqual({
      host: '0.0.0.0',
      port: 443,
      names: ['a.test', '10.0.0.2'],
      files: { cert: 'c', key: 'k' },
    });
    for (const wrong of [
      { tlsHost: '0.0.0.0' },
      { tlsName: ['a.test'] },
      { tlsPort: '443', tlsCert: 'c' },
      { tlsPort: '443', tlsName: ['a b'] },
      { tlsPort: '0' },
      { tlsPort: '443', tlsHost: '0.0.0.0', auth: 'off' },
    ]) {
      expect(() => readSettings(wrong)).toThrow(UsageError);
    }
  });
});
