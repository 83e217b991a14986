import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, shell } from './shell.ts';

/** A file system of its own that a test can fill. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all the room that is left. */
  fill(): void;
  /** Gives it back. */
  clear(): void;
  remove(): Promise<void>;
}

/** Why no disk can be mounted here; undefined when one can. */
export async function whyNoSmallDisk(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  const folder = mkdtempSync(join(tmpdir(), 'gantry-disk-'));
  const { status } = await attempt('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  if (status === 0) await shell('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
  return status === 0 ? undefined : 'needs the right to mount';
}

/** Mounts one of so many MiB, over a folder that is there or in one of its own. */
export async function mountSmallDisk(sizeMib: number, over?: string): Promise<SmallDisk> {
  const path = over ?? mkdtempSync(join(tmpdir(), 'gantry-disk-'));
  await shell('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', path]);
  const filler = join(path, 'filler');
  return {
    path,
    fill: () => {
      const file = openSync(filler, 'w');
      try {
        for (const bytes of [65_536, 4_096, 512, 1]) fillBy(file, Buffer.alloc(bytes));
      } finally {
        closeSync(file);
      }
    },
    clear: () => rmSync(filler, { force: true }),
    remove: async () => {
      await shell('umount', ['--lazy', path]);
      if (over === undefined) rmSync(path, { recursive: true, force: true });
    },
  };
}

function fillBy(file: number, piece: Buffer): void {
  try {
    while (writeSync(file, piece) === piece.length) {
      // Goes on until nothing more fits.
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
