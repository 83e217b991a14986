import { appendFile, readFile, writeFile } from 'node:fs/promises';
import type { SandboxInterface } from '../driver.ts';

/** The files that the containers of a task share with its pause container. */
export interface TaskFiles {
  readonly hostsPath: string;
  readonly resolvPath: string;
}

/** The members of a host configuration that say something of names. */
const NAME_MEMBERS = ['ExtraHosts', 'Dns', 'DnsSearch'] as const;
const HOST_RESOLVERS = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];
const FALLBACK_RESOLVER = 'nameserver 8.8.8.8\nnameserver 8.8.4.4\n';

/**
 * Writes the name tables of a task's network namespace: the task's own name, and the host's resolvers. Repeating it
 * leaves them as they are, with what containers added.
 */
export async function writeTaskFiles(
  files: TaskFiles,
  { ipv4Address, hostName }: SandboxInterface,
): Promise<void> {
  const shortName = hostName.split('.')[0] ?? hostName;
  const names = shortName === hostName ? hostName : `${hostName} ${shortName}`;
  const own = `${ipv4Address}\t${names}\n`;
  const written = await readFile(files.hostsPath, 'utf8').catch(() => '');
  if (written.includes(own)) return;
  await writeFile(files.resolvPath, await reachableResolvers());
  // The last, because it says that all is done.
  await writeFile(files.hostsPath, `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${own}`);
}

/** Whether a container's own host configuration says anything of names. */
export const hasNames = (hostConfig: Readonly<Record<string, unknown>> | undefined): boolean =>
  NAME_MEMBERS.some((member) => textList(hostConfig?.[member]).length > 0);

/**
 * Adds what a container's own host configuration says of names (`ExtraHosts`, `Dns`, `DnsSearch`) to its task's files.
 * Repeating it changes nothing.
 */
export async function addNames(
  files: TaskFiles,
  hostConfig: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  const wanted = textList(hostConfig?.['ExtraHosts']).map(hostsLine);
  const known = wanted.length === 0 ? '' : await readFile(files.hostsPath, 'utf8');
  const hosts = wanted.filter((line) => !`\n${known}`.includes(`\n${line}`));
  if (hosts.length > 0) await appendFile(files.hostsPath, hosts.join(''));
  const servers = textList(hostConfig?.['Dns']).map((address) => `nameserver ${address}\n`);
  const domains = textList(hostConfig?.['DnsSearch']);
  const search = domains.length === 0 ? '' : `search ${domains.join(' ')}\n`;
  if (servers.length === 0 && search === '') return;
  const resolvers =
    servers.length > 0
      ? servers.join('')
      : (await readFile(files.resolvPath, 'utf8')).replace(/^search .*\n/gm, '');
  await writeFile(files.resolvPath, `${resolvers}${search}`);
}

/** A resolver on the host's own loopback (a stub) cannot be reached from another network namespace. */
async function reachableResolvers(): Promise<string> {
  for (const path of HOST_RESOLVERS) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const lines = text
      .split('\n')
      .filter((line) => !/^\s*nameserver\s+(127\.|::1)/.test(line) && !/^\s*[#;]/.test(line));
    if (lines.some((line) => /^\s*nameserver\s/.test(line))) return `${lines.join('\n').trim()}\n`;
  }
  return FALLBACK_RESOLVER;
}

/** `name:address`, where the address may be of IPv6 and hold colons itself. */
function hostsLine(text: string): string {
  const colon = text.indexOf(':');
  return `${text.slice(colon + 1)}\t${text.slice(0, colon)}\n`;
}

function textList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
