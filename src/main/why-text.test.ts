import { expect, test } from 'vitest';
import { instant } from '../lib/clock.ts';
import { whyText } from './why-text.ts';

test('[EXP-5] an explanation as text', () => {
  const hosts = [
    {
      hostArn: 'arn:x:container-instance/default/i1',
      reason: 'RESOURCE:CPU',
      lack: '12 CPU units are missing',
    },
    { hostArn: 'arn:x:container-instance/default/i2', reason: 'one each', lack: 'one each' },
  ];
  const waits = [
    { waitsFor: 'room on a host', since: instant(0), hosts },
    { waitsFor: 'time', since: instant(0), until: instant(1_000) },
  ];
  const text = whyText({
    subject: 'service web',
    state: 'It waits.',
    facts: ['A fact.'],
    waits,
    next: 'Soon.',
  });
  expect(text.split('\n')).toEqual([
    'service web',
    '  It waits.',
    '  A fact.',
    '  waits for room on a host (since 1970-01-01T00:00:00Z)',
    '    i1: 12 CPU units are missing [RESOURCE:CPU]',
    '    i2: one each',
    '  waits for time (since 1970-01-01T00:00:00Z, until 1970-01-01T00:00:01Z)',
    '  next: Soon.',
    '',
  ]);
});
