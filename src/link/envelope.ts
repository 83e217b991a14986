/** The frame that both sessions carry in both directions: `{"type": name, "message": {…}}`. (LNK-1) */
export interface Envelope {
  readonly type: string;
  readonly message: Readonly<Record<string, unknown>>;
}

/** The text of a frame. */
export const encodeFrame = (type: string, message: object): string => JSON.stringify({ type, message });

/** Reads a frame; undefined for anything that is not one, which is dropped without an answer. (LNK-1) */
export function decodeFrame(text: string): Envelope | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || typeof value['type'] !== 'string') return undefined;
  const message = value['message'] ?? {};
  return isRecord(message) ? { type: value['type'], message } : undefined;
}

/** True for JSON objects, false for arrays, null and scalars. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** True for absent, null, and text. */
export const isOptionalText = (value: unknown): value is string | null | undefined =>
  value === undefined || value === null || typeof value === 'string';

/** True for text of at least one character. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** True for a list of which every entry passes `check`. */
export const isListOf = <Entry>(
  value: unknown,
  check: (entry: unknown) => entry is Entry,
): value is readonly Entry[] => Array.isArray(value) && value.every(check);
