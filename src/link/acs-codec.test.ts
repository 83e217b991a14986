import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAcsCommand, decodeAcsReply, encodeAcs } from './acs-codec.ts';
import type { AcsCommand } from './acs-messages.ts';

const payload: AcsCommand = {
  type: 'PayloadMessage',
  message: {
    messageId: 'm',
    clusterArn: 'c',
    containerInstanceArn: 'i',
    seqNum: 3,
    generatedAt: 1,
    tasks: [{ arn: 't', desiredStatus: 'STOPPED' }],
  },
};

describe('ACS frames', () => {
  test('[LNK-1] a frame is read as it was written', () => {
    expect(decodeAcsCommand(encodeAcs(payload))).toEqual(payload);
    const ack = {
      type: 'AckRequest',
      message: { cluster: 'c', containerInstance: 'i', messageId: 'm' },
    } as const;
    expect(decodeAcsReply(encodeAcs(ack))).toEqual(ack);
  });

  test.each([
    { name: 'text that is no JSON', text: 'hello', claimedType: '' },
    { name: 'a list', text: '[]', claimedType: '' },
    { name: 'an unknown type', text: '{"type":"NewMessage","message":{}}', claimedType: 'NewMessage' },
    {
      name: 'a name that every object has',
      text: '{"type":"constructor","message":{}}',
      claimedType: 'constructor',
    },
    {
      name: 'a number that is text',
      text: '{"type":"PayloadMessage","message":{"messageId":"m","clusterArn":"c","containerInstanceArn":"i","seqNum":"3","tasks":[]}}',
      claimedType: 'PayloadMessage',
    },
    {
      name: 'an empty message id',
      text: '{"type":"HeartbeatMessage","message":{"messageId":""}}',
      claimedType: 'HeartbeatMessage',
    },
  ])('[LNK-2] $name is not usable', ({ text, claimedType }) => {
    expect(decodeAcsCommand(text)).toEqual({ type: 'unusable', claimedType });
  });

  test('[LNK-2] members that we do not know are kept out of the way', () => {
    const text = '{"type":"HeartbeatMessage","message":{"messageId":"m","healthy":true,"news":1}}';
    expect(decodeAcsCommand(text)).toMatchObject({ type: 'HeartbeatMessage', message: { messageId: 'm' } });
  });

  test('[LNK-2] no text whatever makes a reader throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        decodeAcsCommand(text);
        decodeAcsReply(text);
      }),
      { numRuns: 200 },
    );
  });
});
