import { readFileSync, realpathSync } from 'node:fs';

/** The machine and the place on it that a folder is at; another one is another home. (HARD-40) */
export function homeOf(folder: string): string {
  return `${realpathSync(folder)} on machine ${machineId()}`;
}

/** Of systemd, which draws it at the machine's first start; machines without one are all alike. */
function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim().slice(0, 12) || 'unknown';
  } catch {
    return 'unknown';
  }
}
