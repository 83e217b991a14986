import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';

/** Debian's and Ubuntu's packages of what an engine and task networking need. */
const PACKAGES = ['docker.io', 'iptables', 'iproute2', 'util-linux'] as const;
const PROGRAMS = ['dockerd', 'iptables', 'ip', 'nsenter'] as const;

/** The programs that are missing on this machine. */
export async function missingPrograms(): Promise<readonly string[]> {
  const found = await Promise.all(PROGRAMS.map(findProgram));
  return PROGRAMS.filter((_name, index) => found[index] === undefined);
}

/** The full path of a program; undefined when the machine has none. Looks where root's programs are, too. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    const path = `${folder}/${name}`;
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

/** Installs the engine's packages without a question. Rejects with the last words of the package manager. */
export async function installEngine(): Promise<void> {
  await aptGet(['update', '-qq']);
  await aptGet(['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES]);
}

function aptGet(args: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn('apt-get', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const collect = (piece: Buffer): void => {
    printed = `${printed}${piece.toString('utf8')}`.slice(-2000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.on('error', reject);
  child.on('close', (code) => {
    if (code === 0) resolve();
    else reject(new Error(`apt-get ${args[0]} failed (${code}):\n${printed.trim()}`));
  });
  return promise;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
