// Runs on any Node: says what to do on an old one, and otherwise starts the built program.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const major = Number(process.versions.node.split('.')[0]);
const here = fileURLToPath(new URL('.', import.meta.url));

/** Starts `dist/main/<module>` by calling what `entry` names in it; `script` is the caller's own URL. */
export async function launch(name, { script, module, entry }) {
  const args = process.argv.slice(2);
  if (major >= 24) {
    const program = await import(`../dist/main/${module}`).catch((error) => notBuilt(error, module));
    await program[entry](args);
    return;
  }
  const pinned = [`${here}../node_modules/.bin/node`, `${here}../../.bin/node`].find((path) =>
    existsSync(path),
  );
  if (pinned === undefined || process.env.GANTRY_NODE_TRIED !== undefined) {
    process.stderr.write(
      `${name} needs Node 24 or newer; this is ${process.version}. Install Node 24 and try again.\n`,
    );
    process.exit(1);
  }
  // Signals are the program's own affair; this one only waits for it.
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTSTP']) if (name !== 'gantry') process.on(signal, () => {});
  const { status, signal } = spawnSync(pinned, [fileURLToPath(script), ...args], {
    stdio: 'inherit',
    env: { ...process.env, GANTRY_NODE_TRIED: '1' },
  });
  if (signal !== null) process.kill(process.pid, signal);
  process.exit(status ?? 1);
}

function notBuilt(error, module) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes(`dist/main/${module}`))
    throw error;
  process.stderr.write('gantry is not built yet. Run: npm ci && npm run build\n');
  process.exit(1);
}
