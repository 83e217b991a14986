/** Who sends a message of a data channel, and what for. Others exist between agents and gateways and never come here. */
export type DataMessageType = 'input_stream_data' | 'output_stream_data' | 'acknowledge' | 'channel_closed';

/** What the payload of a stream message is. */
export const PAYLOAD = {
  none: 0,
  output: 1,
  size: 3,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
} as const;

/** One binary message of a data channel. */
export interface DataMessage {
  /** One of `DataMessageType`; text of another kind is to be ignored. */
  readonly messageType: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Counts the stream messages of one direction from 0; 0 on all others. */
  readonly sequenceNumber: number;
  /** 1 begins a stream, 2 ends it. Nobody reads them. */
  readonly flags: number;
  /** A UUID in lower case. */
  readonly messageId: string;
  readonly payloadType: number;
  readonly payload: Uint8Array;
}

/** The size of a terminal in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}
