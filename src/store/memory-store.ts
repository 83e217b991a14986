import type { StoreOptions } from './create-store.ts';
import { openStore } from './create-store.ts';
import { memoryLog } from './memory-log.ts';
import type { Store } from './store.ts';

/** A store that lives as long as the process, for tests: rows are frozen unless asked otherwise. */
export function memoryStore(options: Omit<StoreOptions, 'log'> = {}): Promise<Store> {
  return openStore({ freeze: true, ...options, log: memoryLog() });
}
