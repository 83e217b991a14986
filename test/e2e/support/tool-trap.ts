import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Stands in the way of the host's tools that the agent runs, and can kill it at the n-th. */
export interface ToolTrap {
  readonly folder: string;
  /** The commands since `forget`. */
  names(): readonly string[];
  forget(): void;
  /** Kills the agent at the `turn`-th command from now on. */
  arm(turn: number, moment: 'before' | 'after'): void;
  /** Whether it has killed since it was armed. */
  hasFired(): boolean;
}

/** Makes the folder, which is to come first in the agent's PATH. */
export function toolTrap(folder: string): ToolTrap {
  mkdirSync(folder);
  const log = join(folder, 'log');
  const armed = join(folder, 'armed');
  const fired = join(folder, 'fired');
  const real = (process.env['PATH'] ?? '').split(delimiter).filter((part) => part !== '');
  for (const tool of ['ip', 'nsenter', 'iptables-restore']) {
    const text = [
      '#!/bin/sh',
      `PATH=${[...real, '/usr/sbin', '/sbin'].join(delimiter)}`,
      `echo "${tool} $1 $2" >> ${log}`,
      `turn=$(wc -l < ${log})`,
      `die() { touch ${fired}; kill -9 $PPID; }`,
      `[ -e ${armed}-$turn-before ] && { die; exit 1; }`,
      `${tool} "$@"`,
      'code=$?',
      `[ -e ${armed}-$turn-after ] && die`,
      'exit $code',
    ].join('\n');
    writeFileSync(join(folder, tool), text);
    chmodSync(join(folder, tool), 0o755);
  }
  const forget = (): void => {
    writeFileSync(log, '');
    for (const name of readdirSync(folder).filter((each) => /^(armed|fired)/.test(each)))
      rmSync(join(folder, name));
  };
  forget();
  return {
    folder,
    names: () => readFileSync(log, 'utf8').split('\n').slice(0, -1),
    forget,
    arm: (turn, moment) => writeFileSync(`${armed}-${turn}-${moment}`, ''),
    hasFired: () => {
      try {
        readFileSync(fired);
        return true;
      } catch {
        return false;
      }
    },
  };
}
