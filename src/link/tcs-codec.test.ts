import { describe, expect, test } from 'vitest';
import { decodeTcsReport, encodeTcsReport } from './tcs-codec.ts';
import type { TcsReport } from './tcs-messages.ts';

const report: TcsReport = {
  type: 'PublishHealthRequest',
  message: {
    metadata: { cluster: 'c', containerInstance: 'i', messageId: 'm', fin: true },
    timestamp: 1.5,
    tasks: [
      { taskArn: 't', containers: [{ containerName: 'web', healthStatus: 'HEALTHY', statusSince: 1 }] },
    ],
  },
};

describe('TCS frames', () => {
  test('[LNK-5] a report carries signed headers in front, and is read without them', () => {
    const text = encodeTcsReport(report, () => ({ authorization: 'AWS4 x', host: 'h' }));
    expect(text.startsWith('authorization: AWS4 x\r\nhost: h\r\n\r\n{"type":')).toBe(true);
    expect(decodeTcsReport(text)).toEqual(report);
  });

  test('[LNK-5] a report without headers is read too', () => {
    expect(decodeTcsReport(JSON.stringify(report))).toEqual(report);
  });

  test('an empty line inside the JSON text does not cut it', () => {
    const odd = { ...report, note: 'a\r\n\r\nb' };
    expect(decodeTcsReport(JSON.stringify(odd))).toMatchObject({ type: 'PublishHealthRequest' });
  });

  test('a health that does not exist is not usable', () => {
    const text = JSON.stringify(report).replace('HEALTHY', 'FINE');
    expect(decodeTcsReport(text)).toEqual({ type: 'unusable', claimedType: 'PublishHealthRequest' });
  });
});
