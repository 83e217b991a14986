import { parseFilterPattern } from '../../core/logs/filter-pattern.ts';
import type { Matches } from '../../core/logs/matches.ts';
import type { LogAppend, LogEvents } from '../../domain/log-events.ts';
import type { LogGroup } from '../../domain/logs.ts';
import { plusMs } from '../../lib/clock.ts';
import type {
  LiveTailSessionLogEvent,
  StartLiveTailRequest,
  StartLiveTailResponseStream,
} from '../../shapes/generated/logs.ts';
import type { Context } from '../operation.ts';
import { logsErrors } from './errors.ts';
import { groupIdentified } from './lookup.ts';
import type { LogsOperation } from './operation-record.ts';
import { streamNames } from './stream-names.ts';

const GROUPS_MAX_COUNT = 10;
/** How often what came is told, also when nothing did. (LOG-9) */
const UPDATE_MS = 1_000;
/** Events in one update; of more, the rest is left out and said so. (LOG-9) */
const UPDATE_MAX_COUNT = 500;
/** How long a session lasts. (LOG-9) */
const SESSION_MS = 3 * 3_600_000;

/** Streams the events of groups as they come in. (LOG-9) */
export const startLiveTail =
  (events: LogEvents): LogsOperation<'StartLiveTail'> =>
  (context, input) => {
    const wanted = wantedBy(context, input);
    const responseStream = session(context, input, { events, wanted });
    // The wire sends the members of the union one after the other; the model has one value.
    return { responseStream: responseStream as StartLiveTailResponseStream };
  };

/** The events that a session is about, and the group's identifier as the client has it. */
type Wanted = (append: LogAppend) => { readonly identifier: string; readonly matches: Matches } | undefined;

function wantedBy(context: Context, input: StartLiveTailRequest): Wanted {
  const { logGroupIdentifiers, logStreamNames = [], logStreamNamePrefixes = [] } = input;
  if (logGroupIdentifiers.length < 1 || logGroupIdentifiers.length > GROUPS_MAX_COUNT)
    throw logsErrors.liveTailGroups(GROUPS_MAX_COUNT);
  if (logStreamNames.length > 0 && logStreamNamePrefixes.length > 0) throw logsErrors.streamNamesAndPrefix();
  const hasStreams = logStreamNames.length > 0 || logStreamNamePrefixes.length > 0;
  if (hasStreams && logGroupIdentifiers.length > 1) throw logsErrors.liveTailStreams();
  const pattern = parseFilterPattern(input.logEventFilterPattern ?? '');
  if (pattern.kind === 'invalid') throw logsErrors.invalidPattern();
  const groups = context.store.read((tx) =>
    logGroupIdentifiers.map((identifier): readonly [LogGroup, string] => [
      groupIdentified(context, tx, identifier),
      identifier,
    ]),
  );
  const identifiers = new Map(groups.map(([group, identifier]) => [group.groupId, identifier]));
  const nameOf = streamNames(context);
  return ({ groupId, streamId }) => {
    const identifier = identifiers.get(groupId);
    const name = identifier === undefined ? undefined : nameOf(streamId);
    if (identifier === undefined || name === undefined) return undefined;
    const isWanted =
      !hasStreams ||
      logStreamNames.includes(name) ||
      logStreamNamePrefixes.some((prefix) => name.startsWith(prefix));
    return isWanted ? { identifier, matches: pattern.matches } : undefined;
  };
}

async function* session(
  context: Context,
  input: StartLiveTailRequest,
  { events, wanted }: { readonly events: LogEvents; readonly wanted: Wanted },
): AsyncGenerator<StartLiveTailResponseStream, void, undefined> {
  const { clock, ids, requestId } = context;
  const nameOf = streamNames(context);
  let waiting: LiveTailSessionLogEvent[] = [];
  let sampled = false;
  const unwatch = events.watch((append) => {
    const group = wanted(append);
    if (group === undefined) return;
    for (const { message, timestampMs } of append.events) {
      if (!group.matches(message)) continue;
      if (waiting.length >= UPDATE_MAX_COUNT) {
        sampled = true;
        return;
      }
      waiting.push({
        logStreamName: nameOf(append.streamId),
        logGroupIdentifier: group.identifier,
        message,
        timestamp: timestampMs,
        ingestionTime: append.ingestedAtMs,
      });
    }
  });
  try {
    const endsAt = plusMs(clock.now(), SESSION_MS);
    yield {
      sessionStart: { requestId, sessionId: ids.uuid(), logEventFilterPattern: '', ...listsOf(input) },
    };
    while (clock.now() < endsAt) {
      await new Promise<void>((resolve) => clock.schedule(plusMs(clock.now(), UPDATE_MS), resolve));
      const update = { sessionMetadata: { sampled }, sessionResults: waiting };
      waiting = [];
      sampled = false;
      yield { sessionUpdate: update };
    }
    yield { SessionTimeoutException: { message: 'The session has lasted for its longest time.' } };
  } finally {
    unwatch();
  }
}

const listsOf = (input: StartLiveTailRequest) => ({
  logGroupIdentifiers: input.logGroupIdentifiers,
  logStreamNames: input.logStreamNames ?? [],
  logStreamNamePrefixes: input.logStreamNamePrefixes ?? [],
  ...(input.logEventFilterPattern === undefined
    ? {}
    : { logEventFilterPattern: input.logEventFilterPattern }),
});
