import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineFolders, startDaemon, stopDaemon } from '../../../src/platform/engine/engine-daemon.ts';
import { findProgram } from '../../../src/platform/engine/engine-install.ts';
import type { TarEntry } from '../../../src/runtime/docker/tar.ts';
import { packTar } from '../../../src/runtime/docker/tar.ts';
import { eventually } from '../../support/wait.ts';

/** A container engine of one test file's own. */
export interface TestEngine {
  readonly socketPath: string;
  /** Leads `gantry` and the docker client to this engine. */
  readonly env: { readonly DOCKER_HOST: string };
  /** Where the engine keeps its images and containers. */
  readonly dataFolder: string;
  /** Ends the engine's process with KILL. Its containers live on until an engine takes them over, or ends them. */
  crash(): Promise<void>;
  /** Starts it again after a crash. Containers that ran live on only where it is told so. */
  revive(how: { readonly keepsContainers: boolean }): Promise<void>;
  /** Removes its containers and networks, stops it and deletes its data. */
  stop(): Promise<void>;
}

/** Why an engine of one's own cannot be started here; undefined when it can. Use it with `describe.skipIf`. */
export async function whyNoTestEngine(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  return (await findProgram('dockerd')) === undefined ? 'needs dockerd' : undefined;
}

/** Starts a private engine in the network namespace of this process, so that the test reaches the containers. */
export async function startTestEngine(): Promise<TestEngine> {
  const dockerd = await findProgram('dockerd');
  if (dockerd === undefined) throw new Error('dockerd is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'gantry-engine-'));
  const folders = engineFolders(folder);
  const revive: TestEngine['revive'] = (how) => startDaemon({ folders, dockerd, ...how });
  await revive({ keepsContainers: false });
  const { socketPath } = folders;
  const stop = async (): Promise<void> => {
    await removeEverything(socketPath);
    await stopDaemon(folders);
    await rm(folder, { recursive: true, force: true });
    await rm(folders.runFolder, { recursive: true, force: true });
  };
  return {
    socketPath,
    env: { DOCKER_HOST: `unix://${socketPath}` },
    dataFolder: join(folder, 'data'),
    crash: async () => {
      const pid = Number(await readFile(join(folders.runFolder, 'dockerd.pid'), 'utf8'));
      process.kill(pid, 'SIGKILL');
      // Whoever started it has to hear of its end before its number is free.
      await eventually('the end of the engine', async () => (isAlive(pid) ? undefined : true));
    },
    revive,
    stop,
  };
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Makes an image of the machine's static busybox, with `httpd` and a shell. Without a command it serves `/www` on port
 * 8080 (`/index.html` says `name`), prints one line, and obeys TERM.
 */
export async function makeBusyboxImage(socketPath: string, name: string): Promise<void> {
  const script =
    '#!/bin/sh\ntrap "exit 0" TERM\necho "serving $HOSTNAME"\nhttpd -f -p 8080 -h /www &\nwait $!\n';
  const applets = [
    'sh',
    'httpd',
    'wget',
    'sleep',
    'cat',
    'echo',
    'env',
    'kill',
    'hostname',
    'head',
    'tr',
    'dd',
    'ls',
    'nc',
    'ip',
    'seq',
    'true',
    'id',
    'grep',
    'nslookup',
    'date',
    'tail',
    'printf',
    'mkdir',
    'touch',
    'rm',
    'test',
    'wc',
    'ps',
    'yes',
    'stty',
    'setsid',
    'nohup',
    'sha256sum',
  ];
  const entries: readonly TarEntry[] = [
    ...['bin', 'etc', 'tmp', 'www', 'root', 'proc', 'sys', 'dev'].map((path) => ({
      path,
      isFolder: true as const,
      mode: path === 'tmp' ? 0o1777 : 0o755,
    })),
    { path: 'bin/busybox', content: await readFile('/bin/busybox'), mode: 0o755 },
    ...applets.map((applet) => ({ path: `bin/${applet}`, linkTo: 'busybox' })),
    {
      path: 'etc/passwd',
      content: Buffer.from('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n'),
      mode: 0o644,
    },
    { path: 'etc/group', content: Buffer.from('root:x:0:\nnogroup:x:65534:\n'), mode: 0o644 },
    { path: 'www/index.html', content: Buffer.from(`${name}\n`), mode: 0o644 },
    { path: 'serve', content: Buffer.from(script), mode: 0o755 },
  ];
  const [repository = '', tag = 'latest'] = name.split(/:(?=[^/]*$)/);
  const changes = ['ENV PATH=/bin', 'CMD ["/serve"]', 'EXPOSE 8080']
    .map((change) => `&changes=${encodeURIComponent(change)}`)
    .join('');
  const path = `/images/create?fromSrc=-&repo=${encodeURIComponent(repository)}&tag=${tag}${changes}`;
  await engineCall(socketPath, 'POST', path, packTar(entries));
}

/** One raw call of the engine. Resolves with the answer's text; rejects for error statuses. */
export function engineCall(
  socketPath: string,
  method: string,
  path: string,
  body?: Buffer | object,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const isArchive = Buffer.isBuffer(body);
  const headers = { 'content-type': isArchive ? 'application/x-tar' : 'application/json' };
  const outgoing = request(
    { socketPath, method, path: `/v1.41${path}`, headers, agent: false },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => {
        if ((response.statusCode ?? 0) < 400) resolve(text);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      });
    },
  );
  outgoing.on('error', reject);
  outgoing.end(isArchive || body === undefined ? body : JSON.stringify(body));
  return promise;
}

/** What a test left behind: containers and networks. What is on the host is cleared by `clearDockerHost`. */
async function removeEverything(socketPath: string): Promise<void> {
  const containers = JSON.parse(await engineCall(socketPath, 'GET', '/containers/json?all=1')) as {
    Id: string;
  }[];
  await Promise.all(
    containers.map(({ Id }) => engineCall(socketPath, 'DELETE', `/containers/${Id}?force=1`).catch(() => '')),
  );
  const networks = JSON.parse(await engineCall(socketPath, 'GET', '/networks')) as {
    Name: string;
    Id: string;
  }[];
  const own = networks.filter(({ Name }) => Name.startsWith('gantry-'));
  await Promise.all(own.map(({ Id }) => engineCall(socketPath, 'DELETE', `/networks/${Id}`).catch(() => '')));
}
