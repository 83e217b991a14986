import { createHash } from 'node:crypto';

/** The labels by which a driver knows its own containers again. */
export const LABELS = {
  /** The agent that made it. */
  owner: 'gantry.owner',
  taskId: 'gantry.task-id',
  containerName: 'gantry.container-name',
  /** `pause` or `container`. */
  kind: 'gantry.kind',
  networkMode: 'gantry.network-mode',
  /** Whose processes and whose shared memory the containers of a task see, where its definition says so. */
  pidMode: 'gantry.pid-mode',
  ipcMode: 'gantry.ipc-mode',
} as const;

/** Names on the host that belong to one owner: bridges, firewall rules, cgroups. Eight hexadecimal characters. */
export function ownerTag(owner: string): string {
  return createHash('sha256').update(owner).digest('hex').slice(0, 8);
}

/** A host interface name for a task, at most 15 characters as the kernel wants. */
export function hostInterfaceName(taskId: string): string {
  return `gv${createHash('sha256').update(taskId).digest('hex').slice(0, 12)}`;
}
