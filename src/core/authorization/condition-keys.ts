/**
 * The condition context of one request: the values of a key, or undefined when the request has no such key. Names are
 * asked for in lower case, because condition key names have no case. (AUTH-9)
 */
export type ConditionKeys = (lowerCaseName: string) => readonly string[] | undefined;

/** The one value of a key; undefined when it is missing or has several. What a policy variable stands for. */
export function singleValue(keys: ConditionKeys, lowerCaseName: string): string | undefined {
  const values = keys(lowerCaseName);
  return values?.length === 1 ? values[0] : undefined;
}
