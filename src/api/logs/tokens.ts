import type { LogCut } from '../../domain/log-events.ts';
import { pageToken, readPageToken } from '../../lib/pagination.ts';
import { logsErrors } from './errors.ts';

/** Event ids and the numbers in tokens have this many digits, as in AWS. */
const DIGIT_COUNT = 56;
const SEQUENCE_DIGIT_COUNT = 20;
/** Before the digits of a cut, so that ids do not start with a row of zeros. */
const LEAD = '3';

/** A cut as 56 digits that sort as cuts do. Also the id of the event right after the cut. */
export function cutDigits({ timestampMs, sequence }: LogCut): string {
  const timestamp = timestampMs.toString().padStart(DIGIT_COUNT - SEQUENCE_DIGIT_COUNT - LEAD.length, '0');
  return `${LEAD}${timestamp}${sequence.toString().padStart(SEQUENCE_DIGIT_COUNT, '0')}`;
}

function readCut(digits: string): LogCut {
  const timestampMs = Number(digits.slice(LEAD.length, DIGIT_COUNT - SEQUENCE_DIGIT_COUNT));
  const sequence = Number(digits.slice(DIGIT_COUNT - SEQUENCE_DIGIT_COUNT));
  const isOurs =
    digits.startsWith(LEAD) && Number.isSafeInteger(timestampMs) && Number.isSafeInteger(sequence);
  if (!isOurs) throw logsErrors.invalidToken();
  return { timestampMs, sequence };
}

/** Where a listing of events goes on, and in which direction. */
export interface EventsToken {
  readonly direction: 'forward' | 'backward';
  readonly cut: LogCut;
}

/** A token of GetLogEvents: `f/<56 digits>/s` or `b/<56 digits>/s`. (LOG-7) */
export const eventsToken = ({ direction, cut }: EventsToken): string =>
  `${direction === 'forward' ? 'f' : 'b'}/${cutDigits(cut)}/s`;

/** Reads a token of GetLogEvents; anything else is the caller's error. (LOG-7) */
export function readEventsToken(token: string): EventsToken {
  const [, letter, digits] = /^([fb])\/(\d{56})\/s$/.exec(token) ?? [];
  if (digits === undefined) throw logsErrors.invalidToken();
  return { direction: letter === 'f' ? 'forward' : 'backward', cut: readCut(digits) };
}

/** A token of FilterLogEvents, which says less about itself. */
export const filterToken = (token: EventsToken): string => pageToken(eventsToken(token));

/** Reads a token of FilterLogEvents. */
export const readFilterToken = (token: string): EventsToken => readEventsToken(readListToken(token) ?? '');

/** The key inside a token of a listing of groups or streams; undefined without a token. */
export function readListToken(token: string | undefined): string | undefined {
  try {
    return readPageToken(token);
  } catch {
    throw logsErrors.invalidToken();
  }
}
