import type { Value } from './query.ts';

/** One log event that a query looks at. */
export interface QueryEvent {
  readonly timestampMs: number;
  readonly ingestedAtMs: number;
  readonly message: string;
  readonly logStream: string;
  /** `<account>:<group>`. */
  readonly log: string;
  /** Names the event. */
  readonly pointer: string;
}

/** What is looked at from one step of a query to the next: fields by name. */
export interface Row {
  field(name: string): Value;
  /** The event behind it; undefined once rows were aggregated. */
  readonly event: QueryEvent | undefined;
}

/** Fields of one JSON message that are found at most, as in AWS. (LOG-34) */
const DISCOVERED_MAX_COUNT = 200;

/** A log event as a row: the fields of the service, and those of its message when that is JSON. (LOG-34) */
export function eventRow(event: QueryEvent): Row {
  let discovered: ReadonlyMap<string, Value> | undefined;
  return {
    event,
    field: (name) => {
      const own = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
      if (own !== undefined) return own(event);
      discovered ??= discoveredFields(event.message);
      return discovered.get(name);
    },
  };
}

/** A row with more fields, which hide others of the same names. */
export const rowWith = (row: Row, fields: Readonly<Record<string, Value>>): Row => ({
  event: row.event,
  field: (name) => (Object.hasOwn(fields, name) ? fields[name] : row.field(name)),
});

/** A row that has these fields alone. */
export const plainRow = (fields: Readonly<Record<string, Value>>): Row => ({
  event: undefined,
  field: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined),
});

const BUILT_IN: Readonly<Record<string, (event: QueryEvent) => Value>> = {
  '@timestamp': ({ timestampMs }) => ({ timeMs: timestampMs }),
  '@ingestionTime': ({ ingestedAtMs }) => ({ timeMs: ingestedAtMs }),
  '@message': ({ message }) => message,
  '@logStream': ({ logStream }) => logStream,
  '@log': ({ log }) => log,
  '@ptr': ({ pointer }) => pointer,
};

/** The members of a JSON message, nested ones with points between their names: `a.b`, `list.0.id`. (LOG-34) */
export function discoveredFields(message: string): ReadonlyMap<string, Value> {
  const fields = new Map<string, Value>();
  const begin = message.search(/\S/);
  if (message[begin] !== '{' && message[begin] !== '[') return fields;
  try {
    flatten(JSON.parse(message) as unknown, '', fields);
  } catch {
    return new Map();
  }
  return fields;
}

function flatten(value: unknown, path: string, fields: Map<string, Value>): void {
  if (fields.size >= DISCOVERED_MAX_COUNT) return;
  if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value))
      flatten(member, path === '' ? name : `${path}.${name}`, fields);
    return;
  }
  if (value !== null && path !== '') fields.set(path, value as string | number | boolean);
}
