import { rmSync } from 'node:fs';
import { dataFiles } from './data-dir.ts';
import { removeContainers } from './down.ts';
import { endProcess } from './processes.ts';

/** Stops everything, removes the containers, and deletes all state of a data directory. The engine and its images stay. */
export async function reset(dataDir: string): Promise<void> {
  const files = dataFiles(dataDir);
  await endProcess(files.controlPlaneRun);
  await endProcess(files.agentRun);
  await removeContainers(dataDir);
  for (const path of [
    files.birth,
    files.rootKey,
    files.hostKey,
    files.vaultKey,
    files.objects,
    files.blobs,
    files.agent,
  ]) {
    rmSync(path, { recursive: true, force: true });
  }
  for (const database of [files.store, files.logEvents, files.events]) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
  }
  process.stdout.write('gantry: all state is deleted; gantry up begins anew\n');
}
