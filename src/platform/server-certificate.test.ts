import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant } from '../lib/clock.ts';
import { makeCertificate, serves } from './server-certificate.ts';

const DAY_MS = 24 * 3_600_000;
const NOW = instant(Date.UTC(2026, 10, 22));
const wish = (names: readonly string[], port = 7443, now = NOW) => ({ names, port, now });

describe('the certificate that we make', () => {
  test('[PRG-13] names each host alone and with its port, and proves its key', () => {
    const { cert, key } = makeCertificate(wish(['gantry.test', '10.0.0.1', 'fd00::1']));
    const read = new X509Certificate(cert);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.checkHost('gantry.test')).toBe('gantry.test');
    expect(read.checkIP('10.0.0.1')).toBe('10.0.0.1');
    expect(read.checkIP('fd00::1')).toBe('fd00::1');
    for (const name of ['gantry.test:7443', '10.0.0.1:7443', '[fd00::1]:7443']) {
      expect(read.subjectAltName?.split(', ')).toContain(`DNS:${name}`);
    }
    expect(read.checkHost('other.test')).toBeUndefined();
    expect(key).toContain('BEGIN PRIVATE KEY');
  });

  test('[PRG-13] serves for its names until 30 days before its end', () => {
    const { cert } = makeCertificate(wish(['a.test', 'b.test']));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 900 }), (days) => {
        const now = instant(NOW + days * DAY_MS);
        expect(serves(cert, wish(['b.test'], 7443, now))).toBe(days <= 795);
      }),
    );
    expect(serves(cert, wish(['b.test', 'c.test']))).toBe(false);
    expect(serves(cert, wish(['b.test'], 7444))).toBe(false);
  });

  test('[PRG-13] is well formed however many names there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (count) => {
        const names = Array.from({ length: count }, (_, at) => `host-${at}.test`);
        const { cert } = makeCertificate(wish(names));
        expect(new X509Certificate(cert).checkHost(`host-${count - 1}.test`)).toBeDefined();
        expect(serves(cert, wish(names))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});
