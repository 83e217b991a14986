import pino from 'pino';
import type { Log } from '../lib/log.ts';

/** The least important events that are written; `silent` writes none. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Lines that a full disk did not take are kept up to this size. */
const WAITING_MAX_BYTES = 1_048_576;

/** Writes each event as one JSON line to `destination`: a file descriptor number, or the path of a file to append to. */
export function pinoLog(options: { readonly level: LogLevel; readonly destination: number | string }): Log {
  const destination = pino.destination({
    dest: options.destination,
    sync: true,
    mkdir: true,
    mode: 0o600,
    maxLength: WAITING_MAX_BYTES,
  });
  // A program does not end because its log cannot be written; what fits into memory is written later. (HARD-34)
  destination.on('error', () => {});
  const logger = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' },
    destination,
  );
  return {
    debug: (event, fields) => logger.debug(fields ?? {}, event),
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    error: (event, fields) => logger.error(fields ?? {}, event),
  };
}
