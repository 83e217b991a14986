// Everything that must be there before anything else can run. Plain JavaScript for Node 20, without dependencies,
// because it is what installs them.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');

/** The pinned Node where the package is there, else the one that runs now. */
export const node = () => (existsSync(join(bin, 'node')) ? join(bin, 'node') : process.execPath);

/** The environment in which the pinned tools come first. */
export const environment = () => ({ ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` });

/** Runs a command with our output; ends the program with its status when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: environment(),
    ...options,
  });
  if (status === 0) return;
  process.stderr.write(
    `\n${command} ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}\n`,
  );
  process.exit(status ?? 1);
}

/** Installs the locked dependencies when they are missing or the lock file has changed since. */
export function ensureDependencies() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const mark = join(root, 'node_modules', '.gantry-lock');
  const isCurrent = existsSync(mark) && readFileSync(mark, 'utf8') === lock;
  if (!isCurrent) {
    say('installing dependencies');
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    writeFileSync(mark, lock);
  }
  if (
    Number(spawnSync(node(), ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }).stdout) < 24
  ) {
    process.stderr.write(
      'Gantry needs Node 24. None is installed and none is published for this platform as a package.\n',
    );
    process.exit(1);
  }
}

/** Generates the shapes and compiles, when a source is newer than the last build. */
export function ensureBuild() {
  const stamp = join(root, 'dist', '.built');
  const builtAt = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (builtAt > newest(join(root, 'src')) && builtAt > newest(join(root, 'tools', 'generate'))) return;
  say('building');
  run(node(), ['tools/generate/main.ts']);
  run(join(bin, 'tsc'), ['-b', 'tsconfig.node.json']);
  writeFileSync(stamp, '');
}

/** Installs those Debian packages whose command is missing. `wanted` maps a command to its package. */
export function ensurePackages(wanted) {
  const missing = Object.entries(wanted).filter(([command]) => !hasCommand(command));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))];
  if (process.getuid?.() !== 0 || !hasCommand('apt-get')) {
    process.stderr.write(`These commands are missing: ${missing.map(([command]) => command).join(', ')}.\n`);
    process.stderr.write(
      `Install them as root, on Debian or Ubuntu with: apt-get install ${packages.join(' ')}\n`,
    );
    process.exit(1);
  }
  say(`installing ${packages.join(', ')}`);
  const apt = { env: { ...environment(), DEBIAN_FRONTEND: 'noninteractive' } };
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  const quiet = { ...apt, stdio: ['ignore', 'ignore', 'inherit'] };
  if (spawnSync('apt-get', install, quiet).status === 0) return;
  run('apt-get', ['update', '-qq'], quiet);
  run('apt-get', install, quiet);
}

/** Whether the shell would find `command`; system folders count even when PATH leaves them out. A path is itself. */
export function hasCommand(command) {
  if (command.startsWith('/')) return existsSync(command);
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, command)));
}

export function say(text) {
  process.stdout.write(`gantry: ${text}\n`);
}

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name === 'generated') continue;
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return latest;
}
