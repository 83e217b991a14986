import { describe, expect, test } from 'vitest';
import { readRefusal, refusal } from './refusal.ts';
import { acsUrl, readSessionQuery, tcsUrl } from './session-url.ts';

const query = {
  cluster: 'lab one',
  containerInstanceArn: 'arn:aws:ecs:us-east-1:1:container-instance/lab/1',
  agentVersion: '1.0.0',
  agentHash: 'abc',
  dockerVersion: '20.10.24+dfsg1',
  run: 'e1',
  sendCredentials: true,
};

describe('session URLs', () => {
  test('[LNK-3] ACS: what was written is read, and spaces and plus signs survive', () => {
    const url = acsUrl('http://127.0.0.1:7070/acs/', query);
    expect(url.startsWith('ws://127.0.0.1:7070/acs/ws?agentHash=abc&')).toBe(true);
    expect(url).toContain('clusterArn=lab%20one');
    expect(readSessionQuery(new URL(url).search.slice(1))).toEqual(query);
  });

  test('[LNK-3] TCS: other names, no question for credentials', () => {
    const url = tcsUrl('https://h/tcs', query);
    expect(url.startsWith('wss://h/tcs/ws?')).toBe(true);
    expect(readSessionQuery(new URL(url).search.slice(1))).toEqual({ ...query, sendCredentials: false });
  });

  test('[LNK-3] a query without an instance is none', () => {
    expect(readSessionQuery('agentVersion=1')).toBeUndefined();
  });

  test('[LNK-4] both forms of a refusal are understood', () => {
    expect(readRefusal(refusal('InactiveInstanceException', 'x').body)).toBe('InactiveInstanceException');
    expect(readRefusal('{"type":"ServerException","message":{"message":"x"}}')).toBe('ServerException');
    expect(readRefusal('<html>')).toBeUndefined();
  });
});
