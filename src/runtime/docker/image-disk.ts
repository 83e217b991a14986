import { statfs } from 'node:fs/promises';
import type { DiskUse } from '../../domain/disk-use.ts';
import type { EngineClient } from './engine-client.ts';

/** How full the disk with the engine's files is; undefined when this process does not see that folder. (RUN-26) */
export async function imageDisk(engine: EngineClient): Promise<DiskUse | undefined> {
  const info = await engine.call<{ readonly DockerRootDir?: string }>({
    method: 'GET',
    path: '/info',
    step: 'inspect',
  });
  try {
    const { bsize, blocks, bavail } = await statfs(info.DockerRootDir ?? '');
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  } catch {
    return undefined;
  }
}
