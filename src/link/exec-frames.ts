import type { TerminalSize } from '../domain/data-message.ts';
import { isRecord } from './envelope.ts';

/*
 * The websocket between control plane and agent that carries one command's terminal. Bytes are what is typed, or what
 * the terminal shows; all else is one of these text frames. Closing it from either side ends the command. (EXE-30)
 */

/** What the control plane says. The command starts with the first `start`. */
export type ExecOrder =
  | { readonly kind: 'start'; readonly size: TerminalSize }
  | { readonly kind: 'resize'; readonly size: TerminalSize };

/** What the agent says. After `hold` it takes no input until `go`. `ended` and `failed` are its last words. */
export type ExecNotice =
  | { readonly kind: 'hold' | 'go' }
  | { readonly kind: 'ended'; readonly exitCode: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** The text of a frame. */
export const encodeExecFrame = (frame: ExecOrder | ExecNotice): string => JSON.stringify(frame);

/** Reads a frame of the control plane. */
export function readExecOrder(text: string): ExecOrder | undefined {
  const frame = read(text);
  const size = frame?.['size'];
  if (frame?.['kind'] !== 'start' && frame?.['kind'] !== 'resize') return undefined;
  if (!isRecord(size) || !Number.isInteger(size['columns']) || !Number.isInteger(size['rows']))
    return undefined;
  return { kind: frame['kind'], size: { columns: Number(size['columns']), rows: Number(size['rows']) } };
}

/** Reads a frame of an agent. */
export function readExecNotice(text: string): ExecNotice | undefined {
  const frame = read(text);
  switch (frame?.['kind']) {
    case 'hold':
    case 'go':
      return { kind: frame['kind'] };
    case 'ended':
      return { kind: 'ended', exitCode: Number(frame['exitCode'] ?? 0) };
    case 'failed':
      return { kind: 'failed', reason: String(frame['reason'] ?? '') };
    default:
      return undefined;
  }
}

function read(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
