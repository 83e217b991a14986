import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Flags for the Node that is measured, e.g. `--cpu-prof`, to look into a figure. */
const NODE_FLAGS = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter(Boolean);

/**
 * Measures services on simulated hosts: from CreateService until all tasks are RUNNING, then a rolling update of all of
 * them, and what one step costs as the cluster grows. The whole control plane is in one process, with its files; the hosts
 * are a thread of it, with a heap of their own, and speak the agents' protocol through the same codec, because thousands of
 * sockets would measure themselves. Reads come over HTTP from a process of their own.
 */
export async function benchScale(taskCounts: readonly number[]): Promise<void> {
  const script = fileURLToPath(new URL('./scale-run.ts', import.meta.url));
  const child = spawn(process.execPath, [...NODE_FLAGS, script, '--tasks', taskCounts.join(',')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`the measurement ended with ${code}`);
}
