/**
 * Puts a value into a map that remembers what was put last: what was not put for longest goes when there would be more than
 * `mostCount`. Putting what is there again makes it the latest.
 */
export function keepRecent<Key, Value>(
  map: Map<Key, Value>,
  key: Key,
  { value, mostCount }: { readonly value: Value; readonly mostCount: number },
): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= mostCount) return;
    map.delete(oldest);
  }
}
