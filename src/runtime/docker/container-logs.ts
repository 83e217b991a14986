import { stat } from 'node:fs/promises';
import { errorText } from '../../lib/error-text.ts';
import type { ContainerState, LogChunk, LogCursor } from '../driver.ts';
import { RuntimeError } from '../driver.ts';
import type { InspectedContainer } from './container-state.ts';
import { containerState } from './container-state.ts';
import { emptyReadFiles, readLogFiles } from './log-file-reader.ts';
import { procStat } from './proc-stat.ts';

/** A container's log files and process, remembered so that most reads need no question to the engine. */
interface LogSource {
  readonly path: string;
  readonly pid: number;
  /** When the process was started; undefined when it was gone already. */
  readonly startTicks: string | undefined;
  readonly status: ContainerState['status'];
}

/** A read that found nothing, and what there was then: while that stays so, another would find nothing either. */
interface QuietRead {
  readonly place: string;
  readonly chunk: LogChunk;
}

/** What containers wrote, from the engine's files. (RUN-40) */
export class ContainerLogs {
  readonly #inspect: (runtimeId: string) => Promise<InspectedContainer | undefined>;
  readonly #startTicksOf: (pid: number) => Promise<string | undefined>;
  readonly #sources = new Map<string, LogSource>();
  readonly #quiet = new Map<string, QuietRead>();

  constructor(
    inspect: (runtimeId: string) => Promise<InspectedContainer | undefined>,
    startTicksOf = async (pid: number) => (await procStat(pid))?.startTicks,
  ) {
    this.#inspect = inspect;
    this.#startTicksOf = startTicksOf;
  }

  async read(runtimeId: string, cursor: LogCursor | undefined, maxBytes: number): Promise<LogChunk> {
    const source = await this.#source(runtimeId);
    if (source.status === 'created') return nothingYet(cursor);
    const hasEnded = source.status === 'exited';
    const place = hasEnded ? undefined : await placeOf(source.path, cursor);
    const quiet = this.#quiet.get(runtimeId);
    if (place !== undefined && place === quiet?.place) return quiet.chunk;
    try {
      const { isAtEnd, ...read } = await readLogFiles({ path: source.path, cursor, maxBytes, hasEnded });
      const chunk = { ...read, isEnd: hasEnded && isAtEnd };
      const isQuiet = isAtEnd && read.lines.length === 0 && read.readBytes === 0 && !read.isGap;
      if (isQuiet && place !== undefined) this.#quiet.set(runtimeId, { place, chunk });
      else this.#quiet.delete(runtimeId);
      return chunk;
    } catch (error) {
      const text = errorText(error);
      throw new RuntimeError('inspect', `the log file ${source.path} cannot be read: ${text}`, {
        cause: error,
      });
    }
  }

  /** Gives the room of what was read back to the host. */
  async dropRead(runtimeId: string, cursor: LogCursor): Promise<void> {
    const { path } = await this.#source(runtimeId);
    await emptyReadFiles(path, cursor);
  }

  /** The container starts again or goes. */
  forget(runtimeId: string): void {
    this.#sources.delete(runtimeId);
    this.#quiet.delete(runtimeId);
  }

  async #source(runtimeId: string): Promise<LogSource> {
    const known = this.#sources.get(runtimeId);
    if (known !== undefined && (known.status === 'exited' || (await this.#isAlive(known)))) return known;
    const inspected = await this.#inspect(runtimeId);
    if (inspected === undefined) throw new RuntimeError('inspect', `No such container: ${runtimeId}`);
    const { LogPath: path = '', State: state } = inspected;
    const status = containerState(inspected).status;
    if (path === '' && status !== 'created') {
      throw new RuntimeError(
        'inspect',
        `the engine keeps no log file of this container (driver ${inspected.HostConfig.LogConfig?.Type})`,
      );
    }
    const startTicks = await this.#startTicksOf(state.Pid);
    const source = { path, pid: state.Pid, startTicks, status };
    if (status !== 'created') this.#sources.set(runtimeId, source);
    return source;
  }

  /** An end that nobody told of: another process may have the number by now. (RUN-49) */
  async #isAlive({ pid, startTicks }: LogSource): Promise<boolean> {
    return startTicks !== undefined && (await this.#startTicksOf(pid)) === startTicks;
  }
}

const nothingYet = (cursor: LogCursor | undefined): LogChunk => ({
  lines: [],
  cursor: cursor ?? {},
  isEnd: false,
  readBytes: 0,
  backlogBytes: 0,
  isGap: false,
});

/** Which file it is, how long, and from where it is read: asked before the read, so what comes meanwhile is seen later. (RUN-46) */
async function placeOf(path: string, cursor: LogCursor | undefined): Promise<string | undefined> {
  try {
    const { ino, birthtimeMs, size } = await stat(path);
    return `${ino}:${birthtimeMs}:${size}:${JSON.stringify(cursor)}`;
  } catch {
    return undefined;
  }
}
