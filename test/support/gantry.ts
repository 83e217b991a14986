import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { attempt, type Outcome, type ShellOptions, shell } from './shell.ts';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** A running Gantry of a test, driven as a user drives it: by its command line and the real `aws`. */
export interface TestGantry {
  readonly port: number;
  readonly dataDir: string;
  readonly endpointUrl: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs `gantry <args> --data-dir …`. */
  gantry(args: readonly string[]): Promise<string>;
  /** Starts it again with the same options, e.g. after a kill. */
  up(): Promise<void>;
  aws(args: readonly string[], options?: ShellOptions): Promise<string>;
  tryAws(args: readonly string[], options?: ShellOptions): Promise<Outcome>;
  /** Runs `aws … --output json` and reads the answer. */
  awsJson<Answer>(args: readonly string[]): Promise<Answer>;
  stop(): Promise<void>;
}

export interface TestGantryOptions {
  /** Variables for the program, e.g. DOCKER_HOST. */
  readonly env?: Readonly<Record<string, string>>;
  /** An empty folder instead of one of its own; it is left behind. */
  readonly dataDir?: string;
  /** More options of `gantry up`. */
  readonly args?: readonly string[];
}

/** Starts `gantry up --detach` in a directory of its own, on a free port. */
export async function startGantry(options: TestGantryOptions = {}): Promise<TestGantry> {
  const port = await freePort();
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'gantry-e2e-'));
  const endpointUrl = `http://127.0.0.1:${port}`;
  const programEnv = options.env ?? {};
  const gantry = (args: readonly string[]): Promise<string> =>
    shell(process.execPath, [join(projectRoot, 'bin/gantry.js'), ...args, '--data-dir', dataDir], {
      env: programEnv,
    });
  const up = async (): Promise<void> => {
    await gantry(['up', '--detach', '--port', String(port), ...(options.args ?? [])]);
  };
  await up();
  const env = { ...closedWorld(), ...readExports(await gantry(['env'])) };
  const complete = (args: readonly string[]): readonly string[] => ['--endpoint-url', endpointUrl, ...args];
  const aws = (args: readonly string[], more: ShellOptions = {}): Promise<string> =>
    shell(awsCommand, complete(args), { ...more, env: { ...env, ...more.env } });
  return {
    port,
    dataDir,
    endpointUrl,
    env,
    gantry,
    up,
    aws,
    tryAws: (args, more = {}) =>
      attempt(awsCommand, complete(args), { ...more, env: { ...env, ...more.env } }),
    awsJson: async <Answer>(args: readonly string[]) =>
      JSON.parse(await aws([...args, '--output', 'json'])) as Answer,
    stop: async () => {
      await gantry(['down', '--containers']);
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Debian's own command, where another of the same name may come first. */
const awsCommand = process.env['GANTRY_TEST_AWS'] ?? '/usr/bin/aws';

/** Variables that make it impossible to reach a real cloud by mistake. */
function closedWorld(): Record<string, string> {
  return {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_PAGER: '',
    HTTPS_PROXY: 'http://127.0.0.1:1',
    NO_PROXY: '127.0.0.1',
  };
}

/** Reads the `export NAME=value` lines of `gantry env`. */
function readExports(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/^export ([A-Z_]+)='?([^'\n]*)'?$/gm)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}
