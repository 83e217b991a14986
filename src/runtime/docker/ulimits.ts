import { readFile } from 'node:fs/promises';
import type { Ulimit } from './container-config.ts';

/** Fargate's limit on open files, and our default everywhere. */
const DEFAULT_OPEN_FILES = 65_535;
const CAP_SYS_RESOURCE_BIT = 24n;

/** The hard limits that an engine on this host can give to a process; undefined means: any. */
export interface HostLimits {
  readonly openFiles: number | undefined;
}

/** Reads this process's own limits: an engine without CAP_SYS_RESOURCE cannot give more than the host has. */
export async function readHostLimits(): Promise<HostLimits> {
  try {
    const status = await readFile('/proc/self/status', 'utf8');
    const capabilities = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
    if ((capabilities >> CAP_SYS_RESOURCE_BIT) & 1n) return { openFiles: undefined };
    const limits = await readFile('/proc/self/limits', 'utf8');
    const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
    return { openFiles: hard === undefined || hard === 'unlimited' ? undefined : Number(hard) };
  } catch {
    return { openFiles: undefined };
  }
}

/** The limits that a container gets when its task definition names none (RUN-34). */
export function defaultUlimits({ openFiles }: HostLimits): readonly Ulimit[] {
  const files = Math.min(DEFAULT_OPEN_FILES, openFiles ?? DEFAULT_OPEN_FILES);
  return [{ Name: 'nofile', Soft: files, Hard: files }];
}

/** Says why a container's own limits cannot be had on this host; undefined when they can. */
export function ulimitRefusal(
  fragment: Readonly<Record<string, unknown>> | undefined,
  limits: HostLimits,
): string | undefined {
  const asked = Array.isArray(fragment?.['Ulimits']) ? (fragment['Ulimits'] as Ulimit[]) : [];
  const files = asked.find(({ Name }) => Name === 'nofile');
  if (files === undefined || limits.openFiles === undefined || files.Hard <= limits.openFiles)
    return undefined;
  return `ulimit nofile ${files.Hard} is above the hard limit of this host, ${limits.openFiles}`;
}
