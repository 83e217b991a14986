import { readFile } from 'node:fs/promises';

/** A process as `/proc/<pid>/stat` has it. */
export interface ProcStat {
  readonly parent: number;
  readonly session: number;
  /** When it was started. Numbers of processes are used again, but not at the same time. */
  readonly startTicks: string;
}

/** Undefined when there is no such process, or nothing but its exit code is left of it. */
export async function procStat(pid: number): Promise<ProcStat | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command name before it may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, parent, , session] = fields;
    if (state === 'Z' || state === 'X') return undefined;
    return { parent: Number(parent), session: Number(session), startTicks: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
