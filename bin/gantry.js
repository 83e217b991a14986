#!/usr/bin/env node
// Runs on any Node: says what to do on an old one, and otherwise starts the built program.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const major = Number(process.versions.node.split('.')[0]);
const here = fileURLToPath(new URL('.', import.meta.url));

if (major >= 24) {
  const { main } = await import('../dist/main/gantry.js').catch(notBuilt);
  await main(process.argv.slice(2));
} else {
  const pinned = [`${here}../node_modules/.bin/node`, `${here}../../.bin/node`].find((path) =>
    existsSync(path),
  );
  if (pinned === undefined || process.env.GANTRY_NODE_TRIED !== undefined) {
    process.stderr.write(
      `gantry needs Node 24 or newer; this is ${process.version}. Install Node 24 and try again.\n`,
    );
    process.exit(1);
  }
  const { status, signal } = spawnSync(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, GANTRY_NODE_TRIED: '1' },
  });
  if (signal !== null) process.kill(process.pid, signal);
  process.exit(status ?? 1);
}

function notBuilt(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('dist/main/gantry.js'))
    throw error;
  process.stderr.write('gantry is not built yet. Run: npm ci && npm run build\n');
  process.exit(1);
}
