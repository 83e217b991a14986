import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** The place that a folder is at. */
export interface FolderHome {
  /** Path and machine. */
  readonly name: string;
  /** Whether a folder that was at the place of that name is the one that is here now, and not its copy: it is not there any more. */
  wasMovedFrom(name: string): boolean;
}

const BETWEEN = ' on machine ';

/** Where a folder is. `witness` is a file that it has had since it was first used. (HARD-40) */
export function homeOf(folder: string, witness: string): FolderHome {
  const machine = machineId();
  return {
    name: `${realpathSync(folder)}${BETWEEN}${machine}`,
    wasMovedFrom: (name) => {
      const cut = name.lastIndexOf(BETWEEN);
      const isHere = name.slice(cut + BETWEEN.length) === machine;
      return isHere && !existsSync(join(name.slice(0, cut), witness));
    },
  };
}

/** Of systemd, which draws it at the machine's first start; machines without one are all alike. */
function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim().slice(0, 12) || 'unknown';
  } catch {
    return 'unknown';
  }
}
