/** A JSON object as it was parsed. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses text; undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value is an object, and not a list. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** IAM lets a list of one be written without its brackets. */
export const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** The texts of a list; undefined when something else is in it. */
export function textsOf(value: unknown): readonly string[] | undefined {
  const list = listOf(value);
  return list.every((entry) => typeof entry === 'string') ? list : undefined;
}
