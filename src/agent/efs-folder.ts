import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { PayloadEfsVolume } from '../domain/task-payload.ts';
import { errorText } from '../lib/error-text.ts';
import { RuntimeError } from '../runtime/driver.ts';

/** Where the file systems that tasks name by their EFS ids are, seen from this host. */
export type EfsSource =
  /** A folder holds one folder for each file system and each access point, named by its id. */
  | { readonly kind: 'directory'; readonly path: string }
  /** A server of NFS 4.1 exports them under this path, in folders of the same names. */
  | { readonly kind: 'nfs'; readonly address: string; readonly exportPath: string };

const ID = /^fs(?:ap)?-[A-Za-z0-9-]{1,64}$/;

/** What of the file system the container sees: its access point's folder, or a folder in it, from `/` on. */
export function efsPath({ fileSystemId, rootDirectory, authorizationConfig }: PayloadEfsVolume): string {
  const accessPointId = authorizationConfig?.accessPointId ?? '';
  const id = accessPointId === '' ? fileSystemId : accessPointId;
  const folder = accessPointId === '' ? (rootDirectory ?? '/') : '/';
  const isSafe = ID.test(id) && !folder.split('/').includes('..');
  if (!isSafe) throw new RuntimeError('volume', `${id} with the root directory ${folder} is no file system`);
  return join('/', id, folder).replace(/(.)\/$/, '$1');
}

/**
 * The folder of a file system that is a directory of this host. It must be there, and no link may lead out of the file
 * system: containers may write links. (VOL-5)
 */
export async function efsFolder(root: string, volume: PayloadEfsVolume): Promise<string> {
  const path = efsPath(volume);
  const [, id = ''] = path.split('/');
  try {
    // The operator may link to where a file system really is.
    const whole = await realpath(join(root, id));
    const folder = await realpath(join(root, path));
    if (folder !== whole && !folder.startsWith(whole + sep)) {
      throw new RuntimeError('volume', `${path} leads out of its file system`);
    }
    return folder;
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw new RuntimeError('volume', `failed to set up the EFS volume ${path}: ${errorText(error)}`, {
      cause: error,
    });
  }
}

/** The options of NFS that EFS asks its clients to use. */
const NFS_OPTIONS = 'nfsvers=4.1,rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2,noresvport';

/** What the engine's own volume driver mounts a file system with. (VOL-6) */
export function nfsOptions(
  source: { readonly address: string; readonly exportPath: string },
  volume: PayloadEfsVolume,
): Readonly<Record<string, string>> {
  const folder = `${source.exportPath.replace(/\/$/, '')}${efsPath(volume)}`;
  return { type: 'nfs', o: `addr=${source.address},${NFS_OPTIONS}`, device: `:${folder}` };
}

/** Reads a setting `server[:/path]`; undefined for what is none. */
export function readNfsSource(text: string): EfsSource | undefined {
  const match = /^([A-Za-z0-9.-]+|\[[0-9a-f:]+\])(?::(\/[^\s,]*))?$/i.exec(text);
  return match === null
    ? undefined
    : { kind: 'nfs', address: (match[1] ?? '').replace(/[[\]]/g, ''), exportPath: match[2] ?? '/' };
}
