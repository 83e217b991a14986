import { plusMs } from '../../lib/clock.ts';
import { randomIds } from '../../platform/random-ids.ts';
import { systemClock } from '../../platform/system-clock.ts';
import { type RequestTarget, signedCall } from '../signed-request.ts';
import { type ChannelAddress, DataChannelClient, type SessionEnd } from './data-channel-client.ts';

/** How a terminal that is none is taken to be, as with AWS's plugin. */
const WITHOUT_TERMINAL = { columns: 300, rows: 100 } as const;
const INTERRUPT = Uint8Array.of(0x03);
const END_OF_INPUT = Uint8Array.of(0x04);
const END_REPEATED_MS = 1_000;

/** What runs a session on this process's terminal. */
export interface SessionOptions {
  readonly address: ChannelAddress;
  /** Who answers when the connection is lost; undefined: nobody, and the session ends then. */
  readonly target: RequestTarget | undefined;
}

/**
 * Connects this process's terminal with a session until that is over. What is typed goes there byte for byte, ^C
 * included; input that ends (a file, a pipe) types ^D. A hang-up of this process ends the session.
 */
export async function runSession({ address, target }: SessionOptions): Promise<SessionEnd> {
  const { stdin, stdout } = process;
  const client = new DataChannelClient({
    clock: systemClock,
    ids: randomIds,
    resume: () => resumed(target, address),
    terminal: {
      show: (bytes) => stdout.write(bytes),
      drained: () => new Promise((resolve) => stdout.once('drain', resolve)),
      size: () =>
        stdout.isTTY ? { columns: stdout.columns || 80, rows: stdout.rows || 24 } : WITHOUT_TERMINAL,
      opened: (message) => {
        if (message !== '') stdout.write(`${message}\n`);
        readKeyboard(client);
      },
    },
  });
  const hangUp = (): void => {
    void terminated(target, address).finally(() => client.close());
  };
  process.on('SIGTERM', hangUp);
  process.on('SIGHUP', hangUp);
  // From a terminal ^C arrives as a byte; as a signal it comes from elsewhere, and means the same.
  process.on('SIGINT', () => void client.type(INTERRUPT));
  stdout.on('error', hangUp);
  stdout.on('resize', () => client.resize({ columns: stdout.columns, rows: stdout.rows }));
  if (stdin.isTTY) stdin.setRawMode(true);
  try {
    return await client.run(address);
  } finally {
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.destroy();
  }
}

function readKeyboard(client: DataChannelClient): void {
  const { stdin } = process;
  stdin.on('data', (bytes: Buffer) => {
    stdin.pause();
    void client.type(bytes).then(() => stdin.resume());
  });
  stdin.on('end', () => typeEnd(client));
  stdin.on('error', () => typeEnd(client));
}

/** Again and again: a program that sets up its terminal loses what was typed before. */
function typeEnd(client: DataChannelClient): void {
  void client.type(END_OF_INPUT);
  systemClock.schedule(plusMs(systemClock.now(), END_REPEATED_MS), () => typeEnd(client));
}

async function resumed(
  target: RequestTarget | undefined,
  { sessionId }: ChannelAddress,
): Promise<ChannelAddress | undefined> {
  if (target === undefined) return undefined;
  const { StreamUrl, TokenValue } = await signedCall<{
    readonly StreamUrl?: string;
    readonly TokenValue?: string;
  }>(target, { service: 'ssm', operation: 'ResumeSession', input: { SessionId: sessionId } });
  if (!StreamUrl || !TokenValue) return undefined;
  return { sessionId, streamUrl: StreamUrl, tokenValue: TokenValue };
}

/** The command ends at once, and not when the control plane has given up waiting for us. */
async function terminated(target: RequestTarget | undefined, { sessionId }: ChannelAddress): Promise<void> {
  if (target === undefined) return;
  const call = { service: 'ssm', operation: 'TerminateSession', input: { SessionId: sessionId } } as const;
  await signedCall(target, call).catch(() => undefined);
}
