// `npm test`: sets up whatever is missing, runs everything that CI runs, and ends with one line of counts.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, ensurePackages, environment, node, root, say } from './setup.mjs';

ensureDependencies();
ensurePackages({
  docker: 'docker.io',
  dockerd: 'docker.io',
  ip: 'iproute2',
  iptables: 'iptables',
  busybox: 'busybox-static',
  // Debian's own, which the tests name by its path: another of the name may come first and be of another age.
  '/usr/bin/aws': 'awscli',
  ps: 'procps',
  faketime: 'faketime',
});
rmSync(join(root, 'dist', '.built'), { force: true });
ensureBuild();

const counts = { passed: 0, failed: 0, skipped: 0 };
const bin = (name) => join(root, 'node_modules', '.bin', name);
step('types', bin('tsc'), ['-b']);
step('lint', bin('biome'), ['ci', '--reporter=summary']);
step('unused code', bin('knip'), []);
for (const project of ['unit', 'contract', 'e2e']) tests(project);

process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed`);
process.stdout.write(counts.skipped === 0 ? '\n' : `, ${counts.skipped} skipped\n`);
process.exit(counts.failed === 0 ? 0 : 1);

/** A check that is one test: it passes or it does not. */
function step(name, command, args) {
  say(name);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: environment() });
  counts[status === 0 ? 'passed' : 'failed'] += 1;
}

/** Runs one vitest project and adds up its results. A run that gives no result is one failure. */
function tests(project) {
  say(`${project} tests`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  const report = join(root, '.cache', `${project}.json`);
  rmSync(report, { force: true });
  const args = [
    bin('vitest'),
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { status } = spawnSync(node(), args, { cwd: root, stdio: 'inherit', env: environment() });
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    counts.passed += result.numPassedTests;
    counts.failed += result.numFailedTests;
    counts.skipped += result.numPendingTests + (result.numTodoTests ?? 0);
    if (status !== 0 && result.numFailedTests === 0) counts.failed += 1;
  } catch {
    counts.failed += 1;
  }
}
