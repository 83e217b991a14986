import { describe, expect, test } from 'vitest';
import { PAYLOAD } from '../../domain/data-message.ts';
import type { ExecSession } from '../../domain/exec-session.ts';
import { instant, plusMs } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import type { ByteSocket } from '../../link/byte-socket.ts';
import {
  acknowledgePayload,
  handshakeResponsePayload,
  openDataChannelText,
  readChannelClosed,
} from '../../link/data-channel-texts.ts';
import { decodeDataMessage } from '../../link/data-message.ts';
import { dataFrame } from '../../link/sent-frames.ts';
import { randomIds } from '../../platform/random-ids.ts';
import { execSessions } from '../../records/exec-sessions.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { memoryStore } from '../../store/memory-store.ts';
import { startExecSessions } from './exec-sessions.ts';

const MINUTE_MS = 60_000;
const START = instant(1_700_000_000_000);
const aRow = (row: Partial<ExecSession> = {}): ExecSession => ({
  sessionId: 's',
  target: 'ecs:c_t_r',
  taskArn: 't',
  containerName: 'app',
  runtimeId: 'r',
  instanceArn: 'i',
  command: 'sh',
  ownerArn: 'o',
  token: 'token',
  tokenExpiresAt: plusMs(START, 5 * MINUTE_MS),
  status: 'CREATED',
  createdAt: START,
  ...row,
});

describe('exec sessions', () => {
  test('[EXE-41] a session in which nothing is typed or shown ends after twenty minutes', async () => {
    const { clock, passTo, sessions, statusOf } = await aWorld([aRow()]);
    const { client, closed } = aClient({ clock });
    sessions.clientConnected('s', client.socket);
    client.says(openDataChannelText({ ...OPEN, tokenValue: 'token' }));
    const agent = aSocket();
    sessions.agentConnected({ sessionId: 's', instanceArn: 'i' }, agent.socket);
    await passTo(10 * MINUTE_MS);
    agent.says(Buffer.from('shown'));
    await passTo(30 * MINUTE_MS - 1);
    expect([statusOf('s'), agent.isClosed()]).toEqual(['CONNECTED', false]);
    await passTo(30 * MINUTE_MS + 3_000);
    expect([statusOf('s'), agent.isClosed()]).toEqual(['TERMINATED', true]);
    expect(closed()).toMatchObject({ output: '' });
  });

  test('[EXE-43] one that nobody connected to ends with its token, and its row stays for an hour', async () => {
    const { passTo, statusOf } = await aWorld([aRow()]);
    await passTo(5 * MINUTE_MS - 1);
    expect(statusOf('s')).toBe('CREATED');
    await passTo(6 * MINUTE_MS);
    expect(statusOf('s')).toBe('TERMINATED');
    await passTo(64 * MINUTE_MS);
    expect(statusOf('s')).toBe('TERMINATED');
    await passTo(66 * MINUTE_MS);
    expect(statusOf('s')).toBeUndefined();
  });

  test('[EXE-44] those of a control plane before this one are over, unless nobody had connected yet', async () => {
    const rows = [aRow({ sessionId: 'old', status: 'CONNECTED' }), aRow({ sessionId: 'new' })];
    const { statusOf } = await aWorld(rows);
    expect([statusOf('old'), statusOf('new')]).toEqual(['TERMINATED', 'CREATED']);
  });

  test('[EXE-44] a control plane that stops ends the commands', async () => {
    const { clock, sessions } = await aWorld([aRow()]);
    const { client } = aClient({ clock });
    sessions.clientConnected('s', client.socket);
    client.says(openDataChannelText({ ...OPEN, tokenValue: 'token' }));
    const agent = aSocket();
    sessions.agentConnected({ sessionId: 's', instanceArn: 'i' }, agent.socket);
    await sessions.close();
    expect([client.isClosed(), agent.isClosed()]).toEqual([true, true]);
  });
});

const OPEN = { requestId: 'q', clientId: 'c', clientVersion: '1.2.0.0' };

async function aWorld(rows: readonly ExecSession[]) {
  const store = await memoryStore();
  await store.write((tx) => {
    for (const row of rows) tx.put(execSessions, row);
  });
  const clock = new VirtualClock(START);
  const sessions = await startExecSessions({
    store,
    clock,
    ids: randomIds,
    log: silentLog,
    resumeWindowMs: 30_000,
    tellAgent: () => true,
  });
  return {
    clock,
    sessions,
    statusOf: (id: string) => store.read((tx) => tx.get(execSessions, id))?.status,
    /** Runs what is due until so long after the start. */
    passTo: async (ms: number) => {
      let isThere = false;
      clock.schedule(plusMs(START, ms), () => {
        isThere = true;
      });
      while (!isThere) {
        clock.step();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

/** One end of a connection whose other end is this test; it answers questions for a sign of life. */
function aSocket() {
  let hear: (frame: string | Uint8Array) => void = () => {};
  let live = (): void => {};
  let end: (code: number, reason: string) => void = () => {};
  let isClosed = false;
  const sent: Uint8Array[] = [];
  const close = (code: number, reason: string): void => {
    if (isClosed) return;
    isClosed = true;
    end(code, reason);
  };
  const socket: ByteSocket = {
    sendText: () => {},
    sendBytes: (bytes, onFlushed) => {
      sent.push(bytes);
      onFlushed?.();
    },
    bufferedBytes: () => 0,
    ping: () => live(),
    pause: () => {},
    resume: () => {},
    close,
    cut: () => close(1006, ''),
    onFrame: (listener) => {
      hear = listener;
    },
    onAlive: (listener) => {
      live = listener;
    },
    onClose: (listener) => {
      end = listener;
    },
  };
  return { socket, sent, isClosed: () => isClosed, says: (frame: string | Uint8Array) => hear(frame) };
}

/** A client that acknowledges all and accepts the handshake. */
function aClient({ clock }: { readonly clock: VirtualClock }) {
  const client = aSocket();
  let closed: unknown;
  const deps = { clock, ids: randomIds };
  const answer = (bytes: Uint8Array): void => {
    const message = decodeDataMessage(bytes);
    if (message?.messageType === 'channel_closed') closed = readChannelClosed(message.payload);
    if (message?.messageType !== 'output_stream_data') return;
    client.says(
      dataFrame(deps, { messageType: 'acknowledge', payload: acknowledgePayload(message), flags: 3 }),
    );
    if (message.payloadType !== PAYLOAD.handshakeRequest) return;
    const payload = handshakeResponsePayload('1.2.0.0', ['SessionType']);
    const payloadType = PAYLOAD.handshakeResponse;
    client.says(
      dataFrame(deps, {
        messageType: 'input_stream_data',
        payload,
        payloadType,
        sequenceNumber: 0,
        flags: 1,
      }),
    );
  };
  const socket: ByteSocket = {
    ...client.socket,
    sendBytes: (bytes, onFlushed) => {
      onFlushed?.();
      queueMicrotask(() => answer(bytes));
    },
  };
  return { client: { ...client, socket }, closed: () => closed };
}
