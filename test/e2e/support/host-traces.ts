import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownerOf } from '../../../src/main/engine.ts';
import { secretRoot } from '../../../src/main/secret-root.ts';
import { ownerTag } from '../../../src/runtime/docker/labels.ts';
import { attempt } from '../../support/shell.ts';
import { engineCall, type TestEngine } from './engine.ts';

/** An engine and the agent that works with it. */
export interface Traced {
  readonly engine: TestEngine;
  /** The agent's data directory. */
  readonly dataDir: string;
}

/**
 * All that tasks of an agent can leave on a host, one line each: containers, volumes and networks of the engine, ends of
 * veth pairs, routes and neighbours, rules of the packet filter, mounts, cgroups, shims, files of the agent, files with
 * secrets. Two equal lists mean that nothing was left between them.
 */
export async function hostTraces(traced: Traced): Promise<readonly string[]> {
  const tag = ownerTag(ownerOf(traced.dataDir));
  const lists = await Promise.all([
    engineTraces(traced.engine),
    networkTraces(tag),
    processTraces(traced.engine),
    filesBelow(traced.dataDir, 'file', ({ top }) => top !== 'logs'),
    filesBelow(secretRoot(traced.dataDir) ?? '/nowhere', 'secret', () => true),
  ]);
  return [...lists.flat(), ...mounts(traced.engine), ...cgroups(tag)].toSorted();
}

async function engineTraces({ socketPath }: TestEngine): Promise<readonly string[]> {
  const asked = async <T>(path: string): Promise<T> =>
    JSON.parse(await engineCall(socketPath, 'GET', path)) as T;
  const [containers, { Volumes }, networks] = await Promise.all([
    asked<readonly { readonly Names: readonly string[]; readonly State: string }[]>('/containers/json?all=1'),
    asked<{ readonly Volumes: readonly { readonly Name: string }[] | null }>('/volumes'),
    asked<readonly { readonly Name: string }[]>('/networks'),
  ]);
  return [
    ...containers.map(({ Names, State }) => `container ${Names.join(',')} ${State}`),
    ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
    ...networks.map(({ Name }) => `network ${Name}`),
  ];
}

async function networkTraces(tag: string): Promise<readonly string[]> {
  const bridge = `gn-${tag}`;
  const lines = async (
    kind: string,
    command: string,
    args: readonly string[],
  ): Promise<readonly string[]> => {
    const { stdout } = await attempt(command, args);
    return stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`${kind} ${line.trim()}`]));
  };
  const [links, routes, neighbours, rules] = await Promise.all([
    lines('link', 'ip', ['-o', 'link', 'show', 'master', bridge]),
    lines('route', 'ip', ['route', 'show', 'dev', bridge]),
    lines('neighbour', 'ip', ['neighbour', 'show', 'dev', bridge, 'nud', 'permanent']),
    lines('rule', 'iptables-save', []),
  ]);
  return [
    ...links.map((line) => line.replace(/^link \d+: ([^:@]+).*$/, 'link $1')),
    // Whether the bridge has a carrier at this moment says nothing.
    ...routes.map((line) => line.replace(/ linkdown$/, '')),
    ...neighbours,
    ...rules.filter((line) => line.includes(`gantry-${tag}`)),
  ];
}

/** What stands between the engine and each container; one without a container is lost. */
async function processTraces({ socketPath }: TestEngine): Promise<readonly string[]> {
  const runFolder = socketPath.slice(0, socketPath.lastIndexOf('/'));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const words = textOf(`/proc/${pid}/cmdline`).split('\0');
      const isShim = words[0]?.includes('containerd-shim') && words.some((word) => word.includes(runFolder));
      return isShim === true ? [`shim ${words[words.indexOf('-id') + 1]}`] : [];
    });
}

function mounts({ dataFolder, socketPath }: TestEngine): readonly string[] {
  const runFolder = socketPath.slice(0, socketPath.lastIndexOf('/'));
  return textOf('/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(dataFolder) || path.startsWith(runFolder))
    .map((path) => `mount ${path}`);
}

function cgroups(tag: string): readonly string[] {
  return namesIn('/sys/fs/cgroup').flatMap((controller) =>
    namesIn(`/sys/fs/cgroup/${controller}/gantry/${tag}`)
      .filter((name) => !name.includes('.') && !/^(tasks|notify_on_release)$/.test(name))
      .map((name) => `cgroup ${controller} ${name}`),
  );
}

async function filesBelow(
  root: string,
  kind: string,
  isOfInterest: (file: { readonly top: string }) => boolean,
): Promise<readonly string[]> {
  const below = (folder: string, path: string): readonly string[] => {
    try {
      return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const name = path === '' ? entry.name : `${path}/${entry.name}`;
        return entry.isDirectory() ? below(join(folder, entry.name), name) : [name];
      });
    } catch {
      return [];
    }
  };
  return below(root, '')
    .filter((path) => isOfInterest({ top: path.split('/')[0] ?? '' }))
    .map((path) => `${kind} ${path}`);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
