import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Named JSON documents that survive a restart. Names have at most one `/`. */
export interface StateDirectory {
  /** Undefined when there is none, or when it cannot be read as JSON. */
  load(name: string): Promise<unknown>;
  /** Replaces a document in one step. Calls for one name are to be made one after the other. */
  save(name: string, value: unknown): Promise<void>;
  remove(name: string): Promise<void>;
  /** The names below `folder/`, without it. */
  list(folder: string): Promise<readonly string[]>;
}

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const SUFFIX = '.json';
/** Of a document that is being written; left behind when the agent is killed meanwhile. */
const DRAFT = '.new';

/** Documents as files that only their owner can read. A crash leaves either the old or the new one. */
export function fileStateDirectory(root: string): StateDirectory {
  const pathOf = (name: string): string => join(root, `${name}${SUFFIX}`);
  return {
    load: async (name) => {
      try {
        return JSON.parse(await readFile(pathOf(name), 'utf8')) as unknown;
      } catch {
        return undefined;
      }
    },
    save: async (name, value) => {
      const path = pathOf(name);
      const text = JSON.stringify(value);
      try {
        await replaceFile(path, text);
      } catch (error) {
        if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
        await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
        await replaceFile(path, text);
      }
    },
    remove: async (name) => {
      await rm(`${pathOf(name)}${DRAFT}`, { force: true });
      await rm(pathOf(name), { force: true });
    },
    list: async (folder) => {
      const names = await readdir(join(root, folder)).catch(() => []);
      return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
    },
  };
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}${DRAFT}`, text, { mode: PRIVATE_FILE });
  await rename(`${path}${DRAFT}`, path);
}

/** Documents in memory, for tests and the simulator; they survive the agent, not the process. */
export function memoryStateDirectory(): StateDirectory {
  const documents = new Map<string, string>();
  return {
    load: async (name) => {
      const text = documents.get(name);
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    },
    save: async (name, value) => {
      documents.set(name, JSON.stringify(value));
    },
    remove: async (name) => {
      documents.delete(name);
    },
    list: async (folder) =>
      [...documents.keys()]
        .filter((name) => name.startsWith(`${folder}/`))
        .map((name) => name.slice(folder.length + 1)),
  };
}
