import { rmSync } from 'node:fs';
import { dataFiles, prepareDataDir, runningProcess } from './data-dir.ts';
import { openEngine } from './engine.ts';
import { endProcess } from './processes.ts';
import { secretRoot } from './secret-root.ts';

/** Stops the control plane and the agent of a data directory and, when asked, removes the agent's containers. */
export async function down(dataDir: string, withContainers: boolean): Promise<void> {
  const files = dataFiles(dataDir);
  const hadAgent = runningProcess(files.agentRun) !== undefined;
  const hadPlane = await endProcess(files.controlPlaneRun);
  await endProcess(files.agentRun);
  const removed = withContainers ? await removeContainers(dataDir) : 0;
  if (!hadPlane && !hadAgent && removed === 0) {
    process.stdout.write('gantry: nothing was running\n');
    return;
  }
  process.stdout.write(
    withContainers
      ? `gantry: stopped; ${removed} containers removed\n`
      : 'gantry: stopped; containers run on (gantry down --containers removes them)\n',
  );
}

/** Removes every container, sandbox and secret file that the agent of this data directory made, and ends an engine of our own. */
export async function removeContainers(dataDir: string): Promise<number> {
  prepareDataDir(dataDir);
  const secrets = secretRoot(dataFiles(dataDir).agent);
  if (secrets !== undefined) rmSync(secrets, { recursive: true, force: true });
  const engine = await openEngine(dataDir);
  if (engine === undefined) return 0;
  const { driver } = engine;
  const containers = await driver.listContainers();
  for (const { runtimeId, status } of containers) {
    if (status === 'running') await driver.stopContainer(runtimeId, 1);
    await driver.removeContainer(runtimeId);
  }
  for (const taskId of await driver.listSandboxes()) await driver.releaseSandbox(taskId);
  await driver.close();
  await engine.clear();
  await engine.stop?.();
  return containers.length;
}
