import { createHash } from 'node:crypto';
import type { DataMessage } from '../domain/data-message.ts';

/*
 * The binary form of a data channel's messages. Integers are big endian. The header says its own length without the
 * payload's length at its end: 116 of 120 bytes. (EXE-20)
 */

const HEADER_LENGTH = 116;
const PAYLOAD_AT = HEADER_LENGTH + 4;
const AT = {
  messageType: 4,
  schemaVersion: 36,
  createdAt: 40,
  sequenceNumber: 48,
  flags: 56,
  messageId: 64,
  digest: 80,
  payloadType: 112,
  payloadLength: 116,
} as const;
const TYPE_LENGTH = 32;
const ID_LENGTH = 16;
const DIGEST_LENGTH = 32;
const SCHEMA_VERSION = 1;

/** Writes a message. `messageId` has to be a UUID and `messageType` at most 32 ASCII characters. */
export function encodeDataMessage(message: DataMessage): Buffer {
  const frame = Buffer.alloc(PAYLOAD_AT + message.payload.length);
  frame.writeUInt32BE(HEADER_LENGTH, 0);
  frame.write(message.messageType.padEnd(TYPE_LENGTH, ' '), AT.messageType, TYPE_LENGTH, 'ascii');
  frame.writeUInt32BE(SCHEMA_VERSION, AT.schemaVersion);
  frame.writeBigUInt64BE(BigInt(message.createdAt), AT.createdAt);
  frame.writeBigInt64BE(BigInt(message.sequenceNumber), AT.sequenceNumber);
  frame.writeBigUInt64BE(BigInt(message.flags), AT.flags);
  const id = Buffer.from(message.messageId.replaceAll('-', ''), 'hex');
  // The halves of the id are swapped.
  id.copy(frame, AT.messageId, ID_LENGTH / 2);
  id.copy(frame, AT.messageId + ID_LENGTH / 2, 0, ID_LENGTH / 2);
  digestOf(message.payload).copy(frame, AT.digest);
  frame.writeUInt32BE(message.payloadType, AT.payloadType);
  frame.writeUInt32BE(message.payload.length, AT.payloadLength);
  frame.set(message.payload, PAYLOAD_AT);
  return frame;
}

/** Reads a message; undefined for bytes that are none: too short, without a type or a time, or changed on their way. */
export function decodeDataMessage(bytes: Uint8Array): DataMessage | undefined {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (frame.length < PAYLOAD_AT) return undefined;
  const payloadAt = frame.readUInt32BE(0) + 4;
  if (payloadAt < PAYLOAD_AT || payloadAt > frame.length) return undefined;
  const messageType = frame
    .toString('latin1', AT.messageType, AT.messageType + TYPE_LENGTH)
    .replaceAll('\0', '')
    .trim();
  const createdAt = Number(frame.readBigUInt64BE(AT.createdAt));
  if (messageType === '' || createdAt === 0) return undefined;
  // The payload is all that follows, as with the plugin; its length only says whether there is one to be checked.
  const payload = frame.subarray(payloadAt);
  const digest = frame.subarray(AT.digest, AT.digest + DIGEST_LENGTH);
  if (frame.readUInt32BE(AT.payloadLength) !== 0 && !digestOf(payload).equals(digest)) return undefined;
  return {
    messageType,
    createdAt,
    sequenceNumber: Number(frame.readBigInt64BE(AT.sequenceNumber)),
    flags: Number(frame.readBigUInt64BE(AT.flags)),
    messageId: uuidOf(frame.subarray(AT.messageId, AT.messageId + ID_LENGTH)),
    payloadType: frame.readUInt32BE(AT.payloadType),
    payload,
  };
}

const digestOf = (payload: Uint8Array): Buffer => createHash('sha256').update(payload).digest();

function uuidOf(swapped: Buffer): string {
  const hex = `${swapped.toString('hex', ID_LENGTH / 2)}${swapped.toString('hex', 0, ID_LENGTH / 2)}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
