import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PAYLOAD } from '../domain/data-message.ts';
import {
  acknowledgePayload,
  channelClosedPayload,
  handshakeCompletePayload,
  handshakeRequestPayload,
  handshakeResponsePayload,
  openDataChannelText,
  readAcknowledge,
  readChannelClosed,
  readHandshakeComplete,
  readHandshakeRequest,
  readHandshakeResponse,
  readOpenDataChannel,
  readSize,
  sizePayload,
} from './data-channel-texts.ts';
import { decodeDataMessage, encodeDataMessage } from './data-message.ts';
import { encodeExecFrame, readExecNotice, readExecOrder } from './exec-frames.ts';

const ID = '0123aabb-4455-6677-8899-ccddeeff0011';
const A_MESSAGE = {
  messageType: 'output_stream_data',
  createdAt: 1_768_478_400_000,
  sequenceNumber: 7,
  flags: 1,
  messageId: ID,
  payloadType: PAYLOAD.output,
  payload: Buffer.from('hello'),
};

describe('the binary message', () => {
  test('[EXE-20] has its members where the protocol puts them', () => {
    const frame = encodeDataMessage(A_MESSAGE);
    expect(frame.length).toBe(125);
    expect(frame.readUInt32BE(0)).toBe(116);
    expect(frame.toString('ascii', 4, 36)).toBe('output_stream_data              ');
    expect(frame.readUInt32BE(36)).toBe(1);
    expect(frame.readBigUInt64BE(40)).toBe(1_768_478_400_000n);
    expect(frame.readBigInt64BE(48)).toBe(7n);
    expect(frame.readBigUInt64BE(56)).toBe(1n);
    // The second half of the id comes first.
    expect(frame.toString('hex', 64, 80)).toBe('8899ccddeeff00110123aabb44556677');
    expect(frame.toString('hex', 80, 84)).toBe('2cf24dba');
    expect(frame.readUInt32BE(112)).toBe(1);
    expect(frame.readUInt32BE(116)).toBe(5);
    expect(frame.toString('utf8', 120)).toBe('hello');
  });

  test('[EXE-20] comes back as it was', () => {
    const message = fc.record({
      messageType: fc.constantFrom(
        'input_stream_data',
        'output_stream_data',
        'acknowledge',
        'channel_closed',
      ),
      createdAt: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      sequenceNumber: fc.maxSafeInteger(),
      flags: fc.maxSafeNat(),
      messageId: fc.uuid(),
      payloadType: fc.nat({ max: 12 }),
      payload: fc.uint8Array({ maxLength: 2_000 }),
    });
    fc.assert(
      fc.property(message, (value) => {
        const back = decodeDataMessage(encodeDataMessage(value));
        expect({ ...back, payload: Uint8Array.from(back?.payload ?? []) }).toEqual(value);
      }),
    );
  });

  test('[EXE-20] bytes that are no message, and any bytes, are no fault', () => {
    const frame = encodeDataMessage(A_MESSAGE);
    const changed = (at: number, value: number): Buffer => {
      const copy = Buffer.from(frame);
      copy[at] = value;
      return copy;
    };
    expect(decodeDataMessage(frame.subarray(0, 119))).toBeUndefined();
    expect(decodeDataMessage(changed(124, 0x21))).toBeUndefined();
    expect(decodeDataMessage(changed(3, 200))).toBeUndefined();
    expect(decodeDataMessage(changed(0, 0xff))).toBeUndefined();
    const untyped = Buffer.from(frame).fill(0, 4, 36);
    expect(decodeDataMessage(untyped)).toBeUndefined();
    // A message that says that it has no payload is not checked.
    const unchecked = changed(119, 0);
    expect(decodeDataMessage(unchecked)?.payload.toString()).toBe('hello');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        decodeDataMessage(bytes);
      }),
    );
  });
});

describe('the payloads', () => {
  test('[EXE-21] the opening frame', () => {
    const text = openDataChannelText({
      requestId: ID,
      tokenValue: 'T',
      clientId: ID,
      clientVersion: '1.2.3.0',
    });
    expect(JSON.parse(text)).toEqual({
      MessageSchemaVersion: '1.0',
      RequestId: ID,
      TokenValue: 'T',
      ClientId: ID,
      ClientVersion: '1.2.3.0',
    });
    expect(readOpenDataChannel(text)).toEqual({ tokenValue: 'T', clientVersion: '1.2.3.0' });
    expect(readOpenDataChannel('{"TokenValue":"T"}')).toEqual({ tokenValue: 'T', clientVersion: undefined });
    expect(readOpenDataChannel('{"TokenValue":7}')).toBeUndefined();
    expect(readOpenDataChannel('x')).toBeUndefined();
  });

  test('[EXE-23] acknowledgements', () => {
    const payload = acknowledgePayload(A_MESSAGE);
    expect(JSON.parse(payload.toString())).toEqual({
      AcknowledgedMessageType: 'output_stream_data',
      AcknowledgedMessageId: ID,
      AcknowledgedMessageSequenceNumber: 7,
      IsSequentialMessage: true,
    });
    expect(readAcknowledge(payload)).toBe(7);
    expect(readAcknowledge(Buffer.from('{}'))).toBeUndefined();
  });

  test('[EXE-22] the handshake', () => {
    expect(readHandshakeRequest(handshakeRequestPayload('3.3.0.0'))).toEqual(['SessionType']);
    const answer = handshakeResponsePayload('1.2.0.0', ['SessionType']);
    expect(readHandshakeResponse(answer)).toEqual({ isAccepted: true, clientVersion: '1.2.0.0', error: '' });
    // The plugin's own form for what it does not know.
    const failed = Buffer.from(
      '{"ClientVersion":"1","ProcessedClientActions":[{"ActionType":"SessionType","ActionStatus":2,"ActionResult":null,"Error":"no"}],"Errors":["no"]}',
    );
    expect(readHandshakeResponse(failed)).toEqual({ isAccepted: false, clientVersion: '1', error: 'no' });
    const other = handshakeResponsePayload('1', ['KMSEncryption']);
    expect(readHandshakeResponse(other)?.isAccepted).toBe(false);
    expect(readHandshakeResponse(Buffer.from('[]'))).toBeUndefined();
    const complete = handshakeCompletePayload(1.5);
    expect(JSON.parse(complete.toString())).toEqual({
      HandshakeTimeToComplete: 1_500_000,
      CustomerMessage: '',
    });
    expect(readHandshakeComplete(complete)).toBe('');
  });

  test('[EXE-25] sizes', () => {
    expect(sizePayload({ columns: 80, rows: 24 }).toString()).toBe('{"cols":80,"rows":24}');
    expect(readSize(Buffer.from('{"cols":65535,"rows":1}'))).toEqual({ columns: 65_535, rows: 1 });
    for (const text of [
      '{"cols":0,"rows":1}',
      '{"cols":65536,"rows":1}',
      '{"cols":1.5,"rows":1}',
      '{}',
      '',
    ]) {
      expect(readSize(Buffer.from(text))).toBeUndefined();
    }
  });

  test('[EXE-40] the end, with an exit code that only our clients read', () => {
    const message = { messageId: ID, createdAt: 5, target: 'ecs:c_t_r' };
    const payload = channelClosedPayload({ sessionId: 's', output: 'why', exitCode: 3 }, message);
    expect(JSON.parse(payload.toString())).toEqual({
      MessageId: ID,
      CreatedDate: '5',
      DestinationId: 'ecs:c_t_r',
      SessionId: 's',
      MessageType: 'channel_closed',
      SchemaVersion: 1,
      Output: 'why',
      ExitCode: 3,
    });
    expect(readChannelClosed(payload)).toEqual({ sessionId: 's', output: 'why', exitCode: 3 });
    expect(readChannelClosed(Buffer.from('{"Output":""}'))).toEqual({
      sessionId: '',
      output: '',
      exitCode: undefined,
    });
  });
});

describe('the frames between control plane and agent', () => {
  test('[EXE-30] come back as they were, and nothing else is one', () => {
    const start = { kind: 'start', size: { columns: 80, rows: 24 } } as const;
    expect(readExecOrder(encodeExecFrame(start))).toEqual(start);
    expect(readExecNotice(encodeExecFrame({ kind: 'ended', exitCode: 3 }))).toEqual({
      kind: 'ended',
      exitCode: 3,
    });
    expect(readExecNotice(encodeExecFrame({ kind: 'hold' }))).toEqual({ kind: 'hold' });
    expect(readExecNotice(encodeExecFrame({ kind: 'failed', reason: 'x' }))).toEqual({
      kind: 'failed',
      reason: 'x',
    });
    expect(readExecNotice(encodeExecFrame(start))).toBeUndefined();
    expect(readExecOrder('{"kind":"start"}')).toBeUndefined();
    expect(readExecOrder('{')).toBeUndefined();
  });
});
