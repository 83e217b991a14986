import { readFileSync } from 'node:fs';

/** Length of a clock tick of /proc: Linux has 100 in a second on every machine that we run on. */
const TICK_MS = 10;

/** CPU time that a process has used in all its threads, in ms. Linux only; 0 elsewhere. */
export function cpuMs(pid: number): number {
  const stat = readProc(pid, 'stat');
  // The command name before it may hold spaces, so the line is cut at its last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

/** Resident memory of a process in MiB. Linux only; 0 elsewhere. */
export function residentMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readProc(pid, 'status'))?.[1] ?? 0) / 1024;
}

/** CPU time that the whole machine has used since its start, in ms. Linux only; 0 elsewhere. */
export function machineCpuMs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = readProc('', 'stat')
    .split('\n', 1)
    .join('')
    .split(/ +/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_MS;
}

function readProc(pid: number | '', file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
