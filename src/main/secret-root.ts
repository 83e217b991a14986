import { join } from 'node:path';
import { memoryFolder } from '../platform/memory-folder.ts';
import { ownerOf } from './engine.ts';

/** Where the agent of a directory keeps secret files, in memory; undefined on a host that has no place for them. */
export function secretRoot(agentDir: string): string | undefined {
  const base = memoryFolder();
  return base === undefined ? undefined : join(base, `gantry-secrets-${ownerOf(agentDir)}`);
}
