import { access } from 'node:fs/promises';
import { errorText } from '../../lib/error-text.ts';
import type { ContainerState, LogChunk, LogCursor } from '../driver.ts';
import { RuntimeError } from '../driver.ts';
import type { InspectedContainer } from './container-state.ts';
import { containerState } from './container-state.ts';
import { emptyReadFiles, readLogFiles } from './log-file-reader.ts';

/** A container's log files and process, remembered so that most reads need no question to the engine. */
interface LogSource {
  readonly path: string;
  readonly pid: number;
  readonly status: ContainerState['status'];
}

/** What containers wrote, from the engine's files. (RUN-40) */
export class ContainerLogs {
  readonly #inspect: (runtimeId: string) => Promise<InspectedContainer | undefined>;
  readonly #sources = new Map<string, LogSource>();

  constructor(inspect: (runtimeId: string) => Promise<InspectedContainer | undefined>) {
    this.#inspect = inspect;
  }

  async read(runtimeId: string, cursor: LogCursor | undefined, maxBytes: number): Promise<LogChunk> {
    const source = await this.#source(runtimeId);
    if (source.status === 'created') return nothingYet(cursor);
    const hasEnded = source.status === 'exited';
    try {
      const { isAtEnd, ...read } = await readLogFiles({ path: source.path, cursor, maxBytes, hasEnded });
      return { ...read, isEnd: hasEnded && isAtEnd };
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
  }

  async #source(runtimeId: string): Promise<LogSource> {
    const known = this.#sources.get(runtimeId);
    if (known !== undefined && (known.status === 'exited' || (await isAlive(known.pid)))) return known;
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
    const source = { path, pid: state.Pid, status };
    if (status !== 'created') this.#sources.set(runtimeId, source);
    return source;
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

async function isAlive(pid: number): Promise<boolean> {
  return access(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
}
