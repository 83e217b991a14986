// Completes package-lock.json after a dependency was changed. npm leaves an optional package of another platform out of
// the lock file when its registry does not serve it, and `npm ci` then refuses that lock file. An entry without checksum
// stands in: it is installed by nobody but the platform that it names.
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'arm', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x'];

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));

for (const entry of Object.values(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    lock.packages[`node_modules/${name}`] ??= standIn(name, range);
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([one], [other]) => (one < other ? -1 : 1)),
);
writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`);

function standIn(name, range) {
  const platform = name.slice(name.lastIndexOf('/') + 1);
  const named = (words) => words.filter((word) => platform.includes(word)).slice(0, 1);
  return {
    version: range.replace(/^[\^~]/, ''),
    cpu: named(PROCESSORS),
    dev: true,
    ...(platform.endsWith('musl') ? { libc: ['musl'] } : {}),
    optional: true,
    os: named(SYSTEMS),
  };
}
