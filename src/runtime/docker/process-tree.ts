import { readdir } from 'node:fs/promises';
import { type Clock, plusMs } from '../../lib/clock.ts';
import { runHostCommand } from './host-command.ts';
import { procStat } from './proc-stat.ts';

/** A process as the kernel tells of it. */
interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** The process that leads its terminal session. */
  readonly session: number;
  /** When it began, in ticks since boot: a number that was given to another process does not fool us. */
  readonly startTicks: string;
}

/** A process by its number and its beginning. */
export type ProcessIdentity = Pick<ProcessEntry, 'pid' | 'startTicks'>;

/** Who has this number now; undefined when nobody has. */
export const identifyProcess = (pid: number): Promise<ProcessIdentity | undefined> => readEntry(pid);

/** A program that was hung up may still save its work for this long. */
const HANG_UP_MS = 1_000;
const CHECK_MS = 50;

/**
 * Ends the session that a process leads: the process, all that descends from it, and all that shares its terminal
 * session, also when their parents have ended before them. Hangs up first, then kills. A daemon that made a session of
 * its own after its parents had ended is none of it. (RUN-71)
 */
export async function killTree(clock: Clock, leader: ProcessIdentity): Promise<void> {
  const first = await treeOf(leader);
  if (first.length === 0) return;
  await signal('HUP', first);
  // A stopped program does not hear it before it goes on.
  await signal('CONT', first);
  const until = plusMs(clock.now(), HANG_UP_MS);
  let left = await treeOf(leader, first);
  while (left.length > 0 && clock.now() < until) {
    await sleep(clock, CHECK_MS);
    left = await treeOf(leader, first);
  }
  for (let round = 0; left.length > 0 && round < KILL_ROUNDS_MAX_COUNT; round += 1) {
    await signal('KILL', left);
    await sleep(clock, CHECK_MS);
    left = await treeOf(leader, first);
  }
}

/** A tree that goes on making processes is killed faster than it grows, or given up. */
const KILL_ROUNDS_MAX_COUNT = 20;

/** The processes of a session and their descendants; `known` ones count while they are what they were. */
async function treeOf(
  leader: ProcessIdentity,
  known: readonly ProcessEntry[] = [],
): Promise<readonly ProcessEntry[]> {
  const all = await processes();
  // The kernel gives the number to no other process while one of the session is left.
  const isOver = all.some(({ pid, startTicks }) => pid === leader.pid && startTicks !== leader.startTicks);
  const members = new Set<number>();
  const isKnown = (entry: ProcessEntry): boolean =>
    known.some(({ pid, startTicks }) => pid === entry.pid && startTicks === entry.startTicks);
  for (const entry of all) {
    const isOfSession = !isOver && (entry.pid === leader.pid || entry.session === leader.pid);
    if (isOfSession || isKnown(entry)) members.add(entry.pid);
  }
  let isGrowing = members.size > 0;
  while (isGrowing) {
    const children = all.filter(({ pid, parent }) => members.has(parent) && !members.has(pid));
    for (const { pid } of children) members.add(pid);
    isGrowing = children.length > 0;
  }
  return all.filter(({ pid }) => members.has(pid));
}

async function processes(): Promise<readonly ProcessEntry[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const entries = await Promise.all(names.map((name) => readEntry(Number(name))));
  return entries.filter((entry) => entry !== undefined);
}

async function readEntry(pid: number): Promise<ProcessEntry | undefined> {
  const stat = await procStat(pid);
  return stat && { pid, ...stat };
}

/** Processes that have ended meanwhile are no error. */
async function signal(name: 'HUP' | 'CONT' | 'KILL', entries: readonly ProcessEntry[]): Promise<void> {
  const pids = entries.map(({ pid }) => String(pid));
  // The shell's own command: a host may have no program of this name.
  await runHostCommand('sh', ['-c', `kill -s ${name} "$@"`, 'kill', ...pids]).catch(() => undefined);
}

async function sleep(clock: Clock, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  clock.schedule(plusMs(clock.now(), ms), resolve);
  await promise;
}
