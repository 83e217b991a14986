import { readdir, rmdir } from 'node:fs/promises';
import { silentLog } from '../../lib/log.ts';
import { BridgeNetwork } from './bridge-network.ts';
import type { DockerDriverOptions } from './docker-options.ts';
import { EngineClient } from './engine-client.ts';
import { EngineVolumes } from './engine-volumes.ts';
import { Firewall } from './firewall.ts';
import { LABELS, ownerTag } from './labels.ts';
import { TaskNetwork } from './task-network.ts';

const CGROUP_ROOT = '/sys/fs/cgroup';

/**
 * Removes all that an agent ever made on this host: its containers and pause containers, its tasks' volumes, its networks and its rules in
 * the packet filter. For `gantry reset` and for tests; a running agent must be stopped before.
 */
export async function clearDockerHost({
  socketPath,
  owner,
}: Pick<DockerDriverOptions, 'socketPath' | 'owner'>): Promise<void> {
  const engine = new EngineClient(socketPath);
  const tag = ownerTag(owner);
  const filters = encodeURIComponent(JSON.stringify({ label: [`${LABELS.owner}=${owner}`] }));
  const path = `/containers/json?all=1&filters=${filters}`;
  const listed = await engine.call<readonly { Id: string }[]>({ method: 'GET', path, step: 'inspect' });
  const removals = listed.map(({ Id }) =>
    engine.find({ method: 'DELETE', path: `/containers/${Id}?force=1&v=1`, step: 'stop' }),
  );
  await Promise.all(removals);
  await new EngineVolumes(engine, owner).clear();
  await new BridgeNetwork(engine, { id: owner, tag }, async () => false).destroy();
  await new TaskNetwork(tag).destroy();
  await new Firewall(tag, silentLog).clear();
  await clearCgroups(tag);
}

/** Cgroups are folders that go when they are empty: the tasks' first, then the owner's. */
async function clearCgroups(tag: string): Promise<void> {
  for (const controller of [...(await readdir(CGROUP_ROOT).catch(() => [])), '.']) {
    const folder = `${CGROUP_ROOT}/${controller}/gantry/${tag}`;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const tasks = entries.filter((entry) => entry.isDirectory());
    await Promise.all(tasks.map(({ name }) => rmdir(`${folder}/${name}`).catch(() => {})));
    await rmdir(folder).catch(() => {});
  }
}
