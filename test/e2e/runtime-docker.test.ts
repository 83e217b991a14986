import { readlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { hostAccess } from '../../src/platform/host-access.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import { clearDockerHost } from '../../src/runtime/docker/clear-docker-host.ts';
import { createDockerDriver } from '../../src/runtime/docker/docker-driver.ts';
import { runHostCommand } from '../../src/runtime/docker/host-command.ts';
import { ownerTag } from '../../src/runtime/docker/labels.ts';
import type { ContainerSpec, RuntimeDriver } from '../../src/runtime/driver.ts';
import type { ContractProgram, DriverHarness } from '../runtime/driver-contract.ts';
import { describeRuntimeDriver, isExited, prepareTask, seen } from '../runtime/driver-contract.ts';
import type { TestEngine } from './support/engine.ts';
import { makeBusyboxImage, startTestEngine, whyNoTestEngine } from './support/engine.ts';

const OWNER = `test-${process.pid}`;
const IMAGE = 'gantry-test/busybox:1';
const GATEWAY = '10.213.16.1/20';
const COMMANDS: Readonly<Record<ContractProgram, readonly string[]>> = {
  serve: ['sh', '-c', 'trap "exit 143" TERM; httpd -f -p 8080 -h /www & wait $!'],
  deaf: ['sh', '-c', 'trap "" TERM; while true; do sleep 1; done'],
  'exit-3': ['sh', '-c', 'exit 3'],
  print: ['sh', '-c', 'echo line 1; echo line 2; printf "line 3"'],
  unstartable: ['no-such-program'],
};
const missing = await whyNoTestEngine();

describe.skipIf(missing !== undefined)('docker', () => {
  let engine: TestEngine;
  let harness: DriverHarness;
  let madeCount = 0;

  const open = (owner = OWNER): Promise<RuntimeDriver> =>
    createDockerDriver({
      socketPath: engine.socketPath,
      owner,
      access: hostAccess(),
      clock: systemClock,
      log: silentLog,
    });

  beforeAll(async () => {
    engine = await startTestEngine();
    await makeBusyboxImage(engine.socketPath, IMAGE);
    harness = {
      driver: await open(),
      reopen: () => open(),
      program: (name) => ({ image: IMAGE, command: COMMANDS[name] }),
      missingImage: '127.0.0.1:1/no/such:image',
      nextInterface: () => {
        madeCount += 1;
        const ipv4Address = `10.213.20.${madeCount}`;
        const macAddress = `0a:00:00:00:01:${madeCount.toString(16).padStart(2, '0')}`;
        return {
          macAddress,
          ipv4Address,
          gatewayCidr: GATEWAY,
          hostName: `ip-10-213-20-${madeCount}.ec2.internal`,
        };
      },
      dispose: async () => {},
    };
  });
  afterAll(async () => {
    await harness.driver.close();
    await clearDockerHost({ socketPath: engine.socketPath, owner: OWNER });
    await engine.stop();
  });

  describeRuntimeDriver('docker', async () => harness);

  const run = async (
    spec: ContainerSpec,
    driver = harness.driver,
  ): Promise<{ runtimeId: string; output: readonly string[]; exitCode: number | undefined }> => {
    const { runtimeId } = await driver.createContainer(spec);
    await driver.startContainer(runtimeId);
    const { exitCode } = await seen(driver, runtimeId, isExited);
    const { lines } = await driver.readLogs(runtimeId, undefined, 1_000_000);
    return { runtimeId, output: lines.map(({ message }) => message), exitCode };
  };
  const shell = (text: string) => ({ command: ['sh', '-c', text] });

  test('[RUN-60] a task has its own address, name, gateway and hardware address, and is reached from the host', async () => {
    const { driver } = harness;
    const task = await prepareTask(harness, 'awsvpc');
    const { ipv4Address = '', macAddress = '', hostName = '' } = task.sandbox.networkInterface ?? {};
    const { runtimeId } = await driver.createContainer(task.spec('serve'));
    await driver.startContainer(runtimeId);
    expect(await fetchText(`http://${ipv4Address}:8080/`)).toContain(IMAGE);
    const look = {
      ...task.spec('serve', 'look'),
      ...shell('hostname; ip address show eth0; ip route; cat /etc/hosts /etc/resolv.conf'),
    };
    const text = (await run(look)).output.join('\n');
    expect(text).toContain(hostName);
    expect(text).toContain(`inet ${ipv4Address}/20`);
    expect(text).toContain(macAddress);
    expect(text).toContain('default via 10.213.16.1');
    expect(text).toMatch(/^nameserver /m);
    await task.clear();
    await expect(fetchText(`http://${ipv4Address}:8080/`)).rejects.toThrow();
  });

  test('[RUN-12] an agent that comes back prepares a living task again without touching it', async () => {
    const { driver } = harness;
    const task = await prepareTask(harness, 'awsvpc');
    const { runtimeId } = await driver.createContainer(task.spec('serve'));
    await driver.startContainer(runtimeId);
    const again = await open();
    await again.prepareSandbox(task.sandbox);
    expect(await fetchText(`http://${task.sandbox.networkInterface?.ipv4Address}:8080/`)).toContain(IMAGE);
    const near = { ...task.spec('serve', 'near'), ...shell(httpGet('127.0.0.1', 8080)) };
    expect((await run(near, again)).output.join()).toContain('HTTP/1.1 200');
    expect(await again.listSandboxes()).toContain(task.taskId);
    await again.close();
    await task.clear();
  });

  test('[RUN-66] bridges and rules outlive the agent, until all of it is taken away', async () => {
    const owner = `${OWNER}-gone`;
    const driver = await open(owner);
    await driver.setMetadataPort(1);
    const task = await prepareTask({ ...harness, driver }, 'awsvpc');
    const { runtimeId } = await driver.createContainer(task.spec('serve'));
    await driver.startContainer(runtimeId);
    await driver.close();
    const left = async (): Promise<readonly boolean[]> => [
      (await runHostCommand('iptables-save', [])).includes(`gantry-${ownerTag(owner)}`),
      (await runHostCommand('ip', ['link'])).includes(`gn-${ownerTag(owner)}`),
      (await harness.driver.inspectContainer(runtimeId)) !== undefined,
    ];
    expect(await left()).toEqual([true, true, true]);
    const { ipv4Address = '' } = task.sandbox.networkInterface ?? {};
    expect(await fetchText(`http://${ipv4Address}:8080/`)).toContain(IMAGE);
    await clearDockerHost({ socketPath: engine.socketPath, owner });
    expect(await left()).toEqual([false, false, false]);
  });

  test.each(['none', 'bridge', 'awsvpc'] as const)(
    '[RUN-67] in network mode %s processes and shared memory are the task’s, and none stays behind',
    async (networkMode) => {
      const task = await prepareTask(harness, networkMode, { pidMode: 'task', ipcMode: 'task' });
      const { runtimeId } = await harness.driver.createContainer(task.spec('serve', 'other'));
      await harness.driver.startContainer(runtimeId);
      const orphan = 'sh -c "sleep 0.2 &"; while ps -o comm | grep -qx sleep; do :; done';
      const look = `${orphan}; ps -o stat,args; readlink /proc/self/ns/pid; readlink /proc/self/ns/ipc`;
      const { output } = await run({ ...task.spec('serve', 'look'), ...shell(look) });
      const text = output.join('\n');
      expect(text).toContain('httpd -f -p 8080');
      expect(text).not.toMatch(/^Z/m);
      expect(output.at(-2)).toMatch(/^pid:/);
      expect(text).not.toContain(readlinkSync('/proc/self/ns/pid'));
      const again = await run({ ...task.spec('serve', 'again'), ...shell(look) });
      expect(again.output.slice(-2)).toEqual(output.slice(-2));
      await task.clear();
    },
  );

  test('[RUN-67] processes and shared memory of the host, or no shared memory at all', async () => {
    const look = 'readlink /proc/self/ns/pid; readlink /proc/self/ns/ipc; grep -c " /dev/shm " /proc/mounts';
    const seenWith = async (modes: Parameters<typeof prepareTask>[2]): Promise<readonly string[]> => {
      const task = await prepareTask(harness, 'none', modes);
      const { output } = await run({ ...task.spec('serve'), ...shell(look) });
      await task.clear();
      return output;
    };
    const ofHost = ['pid', 'ipc'].map((name) => readlinkSync(`/proc/self/ns/${name}`));
    expect(await seenWith({ pidMode: 'host', ipcMode: 'host' })).toEqual([...ofHost, '1']);
    const [, ipc, mounts] = await seenWith({ ipcMode: 'none' });
    expect(ipc).not.toBe(ofHost[1]);
    expect(mounts).toBe('0');
  });

  test('[RUN-63] a subnet of the host’s own network is refused', async () => {
    const networkInterface = { ...harness.nextInterface(), gatewayCidr: '127.0.0.1/8' };
    const sandbox = { taskId: 'overlap', networkMode: 'awsvpc' as const, networkInterface };
    await expect(harness.driver.prepareSandbox(sandbox)).rejects.toMatchObject({
      step: 'network',
      message: expect.stringContaining('overlaps with the network of this host'),
    });
    await harness.driver.releaseSandbox('overlap');
  });

  test('[RUN-61] tasks reach each other and the containers of a task share its loopback', async () => {
    const { driver } = harness;
    const server = await prepareTask(harness, 'awsvpc');
    const client = await prepareTask(harness, 'awsvpc');
    const { runtimeId } = await driver.createContainer(server.spec('serve'));
    await driver.startContainer(runtimeId);
    const address = server.sandbox.networkInterface?.ipv4Address;
    const far = await run({ ...client.spec('serve'), ...shell(httpGet(address ?? '', 8080)) });
    expect(far.output.join()).toContain('HTTP/1.1 200');
    const near = await run({ ...server.spec('serve', 'near'), ...shell(httpGet('127.0.0.1', 8080)) });
    expect(near.output.join()).toContain('HTTP/1.1 200');
    await client.clear();
    await server.clear();
  });

  test('[RUN-62] 169.254.170.2 leads to the metadata port from every mode, and the gateway to the host', async () => {
    const seenPeers: string[] = [];
    const server = createServer((request, response) => {
      seenPeers.push(request.socket.remoteAddress ?? '');
      response.end('metadata');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const driver = await open();
    await driver.setMetadataPort(port);
    // Of several agents on this machine one has the address in host mode (RUN-64): it may be another one.
    const isHostOurs = (await runHostCommand('iptables-save', ['-t', 'nat'])).includes(
      `-A OUTPUT -d 169.254.170.2/32 -p tcp -m comment --comment gantry-${ownerTag(OWNER)}`,
    );
    for (const mode of isHostOurs
      ? (['awsvpc', 'bridge', 'host'] as const)
      : (['awsvpc', 'bridge'] as const)) {
      const task = await prepareTask({ ...harness, driver }, mode);
      const { output } = await run({ ...task.spec('serve'), ...shell(httpGet('169.254.170.2', 80)) }, driver);
      expect(output.join(), mode).toContain('metadata');
      if (mode === 'awsvpc') expect(seenPeers.at(-1)).toBe(task.sandbox.networkInterface?.ipv4Address);
      if (mode === 'bridge') expect(seenPeers.at(-1)).toMatch(/^172\./);
      const gateway = await driver.hostAddressFor(mode, GATEWAY);
      if (gateway !== undefined) {
        const hostServer = createServer((_request, response) => response.end('host'));
        await new Promise<void>((resolve) => hostServer.listen(0, gateway, resolve));
        const { port: hostPort } = hostServer.address() as AddressInfo;
        const look = { ...task.spec('serve', 'host'), ...shell(httpGet(gateway, hostPort)) };
        expect((await run(look, driver)).output.join(), mode).toContain('host');
        hostServer.close();
      }
      await task.clear();
    }
    await driver.close();
    server.close();
  });

  test('[RUN-33] a container in bridge mode reaches another by its link', async () => {
    const { driver } = harness;
    const task = await prepareTask(harness, 'bridge');
    const server = task.spec('serve', 'server');
    await driver.startContainer((await driver.createContainer(server)).runtimeId);
    const client = { ...task.spec('serve', 'client'), ...shell(httpGet('backend', 8080)) };
    const { output } = await run({
      ...client,
      engineHostConfig: { Links: [`${server.engineName}:backend`] },
    });
    expect(output.join()).toContain('HTTP/1.1 200');
    await task.clear();
  });

  test('[RUN-33] extra hosts and resolvers of a container are its task’s', async () => {
    const task = await prepareTask(harness, 'awsvpc');
    const engineHostConfig = { ExtraHosts: ['db.local:10.0.0.9'], Dns: ['10.0.0.2'], DnsSearch: ['corp'] };
    const { output } = await run({
      ...task.spec('serve'),
      ...shell('cat /etc/hosts /etc/resolv.conf'),
      engineHostConfig,
    });
    expect(output).toEqual(
      expect.arrayContaining(['10.0.0.9\tdb.local', 'nameserver 10.0.0.2', 'search corp']),
    );
    await task.clear();
  });

  test('[RUN-51] a task’s memory limit kills its containers, and says so', async () => {
    const task = await prepareTask(harness, 'none', { memoryMib: 32, cpuUnits: 512 });
    const eater = {
      ...task.spec('serve'),
      memoryMib: undefined,
      ...shell('dd if=/dev/zero of=/dev/null bs=100M count=1'),
    };
    const { runtimeId, exitCode } = await run(eater);
    expect(exitCode).toBe(137);
    expect(await harness.driver.inspectContainer(runtimeId)).toMatchObject({ wasOutOfMemory: true });
    await task.clear();
  });

  test('[RUN-30] environment, user, working directory and entry point are the task definition’s', async () => {
    const task = await prepareTask(harness, 'none');
    const spec = {
      ...task.spec('serve'),
      entryPoint: ['sh', '-c'],
      command: ['id -u; env; ls -d $PWD'],
      user: 'nobody',
      workingDirectory: '/tmp',
    };
    const { output } = await run({ ...spec, engineConfig: { Env: ['GREETING=from-fragment', 'OTHER=1'] } });
    expect(output).toEqual(expect.arrayContaining(['65534', 'GREETING=hello', 'OTHER=1', '/tmp']));
    await task.clear();
  });

  test('[RUN-41] long lines are whole again and 200,000 lines arrive', async () => {
    const task = await prepareTask(harness, 'none');
    const text = 'head -c 50000 /dev/zero | tr "\\0" "x"; echo; seq 1 200000';
    const { driver } = harness;
    const { runtimeId } = await driver.createContainer({ ...task.spec('serve'), ...shell(text) });
    await driver.startContainer(runtimeId);
    await seen(driver, runtimeId, isExited);
    const messages: string[] = [];
    let cursor: Parameters<RuntimeDriver['readLogs']>[1];
    for (let isEnd = false; !isEnd; ) {
      const chunk = await driver.readLogs(runtimeId, cursor, 1_000_000);
      for (const { message } of chunk.lines) messages.push(message);
      ({ cursor, isEnd } = chunk);
    }
    expect(messages).toHaveLength(200_001);
    expect(messages[0]).toHaveLength(50_000);
    expect(messages.at(-1)).toBe('200000');
    await task.clear();
  });

  test('[RUN-23] an image that only this host has is good enough when that is allowed', async () => {
    await expect(harness.driver.pullImage({ image: IMAGE, localImage: 'fallback' })).resolves.toBeDefined();
  });

  test('[RUN-34] a limit above the host’s own is refused with both numbers', async () => {
    const task = await prepareTask(harness, 'none');
    const Ulimits = [{ Name: 'nofile', Soft: 2_000_000_000, Hard: 2_000_000_000 }];
    const refused = harness.driver.createContainer({ ...task.spec('serve'), engineHostConfig: { Ulimits } });
    const outcome = await refused.then(() => 'made', String);
    expect(outcome).toMatch(/^made$|ulimit nofile 2000000000 is above the hard limit of this host/);
    await task.clear();
  });
});

/** A request by busybox's `nc`: its static `wget` cannot look up names on every machine. */
function httpGet(address: string, port: number): string {
  return `printf 'GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' | nc -w 5 ${address} ${port}`;
}

async function fetchText(url: string): Promise<string> {
  const deadline = performance.now() + 5000;
  for (;;) {
    try {
      return await (await fetch(url, { signal: AbortSignal.timeout(1000) })).text();
    } catch (error) {
      if (performance.now() > deadline || !String(error).includes('fetch failed')) throw error;
    }
  }
}
