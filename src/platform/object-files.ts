import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectFiles } from '../domain/object-files.ts';

/** Bytes of objects as files `<directory>/ab/<id>`, readable by their owner alone. (S3-9) */
export function fileObjectFiles(directory: string): ObjectFiles {
  const pathOf = (fileId: string): string => join(directory, fileId.slice(0, 2), fileId);
  return {
    write: async (fileId, bytes) => {
      const path = pathOf(fileId);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(`${path}.new`, 'w', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
      await syncDirectory(dirname(path));
    },
    read: async (fileId, range) => {
      const file = await unlessMissing(() => open(pathOf(fileId), 'r'));
      if (file === undefined) return undefined;
      try {
        if (range === undefined) return await file.readFile();
        const bytes = Buffer.alloc(range.end - range.start + 1);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, range.start);
        return bytes.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    remove: (fileId) => rm(pathOf(fileId), { force: true }),
    olderThan: async (epochMs) => {
      const old: string[] = [];
      for (const prefix of (await unlessMissing(() => readdir(directory))) ?? []) {
        for (const name of (await unlessMissing(() => readdir(join(directory, prefix)))) ?? []) {
          const found = await unlessMissing(() => stat(join(directory, prefix, name)));
          if (found !== undefined && found.mtimeMs < epochMs) old.push(name);
        }
      }
      return old;
    },
  };
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
