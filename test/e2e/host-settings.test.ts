import { readFileSync, readlinkSync } from 'node:fs';
import { type ContainerDefinition, ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shell } from '../support/shell.ts';
import { eventually } from '../support/wait.ts';
import { whyNoTestEngine } from './support/engine.ts';
import {
  containerOf,
  FARGATE,
  fargateOptions,
  type HostLab,
  onSignals,
  script,
  startHostLab,
} from './support/host-lab.ts';
import { answerAt } from './support/lab.ts';
import { startTestAgent, type TestAgent } from './support/test-agent.ts';

const CLUSTER = 'settings';
const missing = await whyNoTestEngine();

let lab: HostLab;
let agent: TestAgent;
let fargate: readonly string[];
const onHost = ['--cluster', CLUSTER, '--launch-type', 'EC2'];

/** Settings of containers and tasks, each seen from inside a container. */
describe.skipIf(missing !== undefined)('settings of a task', () => {
  beforeAll(async () => {
    lab = await startHostLab(CLUSTER);
    const gpus = ['--gpus', 'GPU-1=/dev/zero,GPU-2=/dev/full'];
    const args = ['--cpu', '4096', '--memory', '2048', ...gpus];
    agent = await startTestAgent(lab.gantry, { cluster: CLUSTER, args, env: lab.engine.env });
    fargate = await fargateOptions(lab.gantry, CLUSTER);
  });

  afterAll(async () => {
    await agent?.remove();
    await lab?.close();
  });

  const linesOf = (arn: string, container: string): Promise<readonly string[]> =>
    eventually(
      `the lines of ${container}`,
      async () => {
        const lines = (await lab.logLines(arn, container)).map((line) => line.trimEnd());
        return lines.at(-1) === 'end' ? lines : undefined;
      },
      30_000,
    ).catch(async (cause: unknown) => {
      throw new Error(`the task is ${JSON.stringify(await lab.describe(arn))}`, { cause });
    });
  /** What a script prints before it says `end`, as a map of `name=value` lines. */
  const factsOf = async (arn: string, container: string): Promise<Readonly<Record<string, string>>> => {
    const lines = await linesOf(arn, container);
    const pairs = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    return Object.fromEntries(pairs) as Readonly<Record<string, string>>;
  };
  const sdkClient = (): ECSClient =>
    new ECSClient({
      endpoint: lab.gantry.endpointUrl,
      region: 'us-east-1',
      credentials: {
        accessKeyId: lab.gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: lab.gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
  const container = (name: string, lines: readonly string[], more: Readonly<Record<string, unknown>> = {}) =>
    script(name, [...lines, 'echo end'].join('\n'), { memory: 32, ...more });

  test('limits, capabilities, file systems, names and memory are those of the definition', async () => {
    const look = [
      'echo "nofile=$(ulimit -Sn)/$(ulimit -Hn)"',
      'echo "somaxconn=$(cat /proc/sys/net/core/somaxconn)"',
      'echo "msgmax=$(cat /proc/sys/kernel/msgmax)"',
      'echo "root=$(touch /made 2>&1 || true)"',
      'echo "tmp=$(grep " /scratch " /proc/mounts)"',
      'echo "shm=$(grep " /dev/shm " /proc/mounts)"',
      'echo "host=$(hostname)"',
      'echo "resolver=$(grep -v "^#" /etc/resolv.conf | tr "\\n" " ")"',
      'echo "extra=$(grep backend /etc/hosts)"',
      'echo "caps=$(grep CapEff /proc/self/status)"',
      'echo "bounds=$(grep CapBnd /proc/self/status)"',
      'echo "privileges=$(grep NoNewPrivs /proc/self/status)"',
      'echo "user=$(id -u):$(id -g)"',
      'echo "first=$(head -n 1 /proc/1/status)"',
      'test -c /dev/mine && echo device=there',
    ];
    const arn = await lab.run(
      await lab.register({
        family: 'kernel',
        networkMode: 'bridge',
        containerDefinitions: [
          container('main', look, {
            ulimits: [{ name: 'nofile', softLimit: 1000, hardLimit: 2000 }],
            systemControls: [
              { namespace: 'net.core.somaxconn', value: '77' },
              { namespace: 'kernel.msgmax', value: '4321' },
            ],
            readonlyRootFilesystem: true,
            user: '65534:1234',
            hostname: 'named',
            dnsServers: ['192.0.2.53'],
            dnsSearchDomains: ['example.test'],
            extraHosts: [{ hostname: 'backend', ipAddress: '192.0.2.1' }],
            dockerSecurityOptions: ['no-new-privileges'],
            linuxParameters: {
              capabilities: { add: ['NET_ADMIN'], drop: ['MKNOD'] },
              devices: [{ hostPath: '/dev/null', containerPath: '/dev/mine', permissions: ['read'] }],
              initProcessEnabled: true,
              sharedMemorySize: 3,
              tmpfs: [{ containerPath: '/scratch', size: 2, mountOptions: ['noexec'] }],
            },
          }),
        ],
      }),
      onHost,
    );
    const facts = await factsOf(arn, 'main');
    expect(facts).toMatchObject({
      nofile: '1000/2000',
      somaxconn: '77',
      msgmax: '4321',
      root: expect.stringContaining('Read-only file system'),
      tmp: expect.stringMatching(/tmpfs.*noexec.*size=2048k/),
      shm: expect.stringContaining('size=3072k'),
      host: 'named',
      resolver: expect.stringMatching(/nameserver 192\.0\.2\.53.*|search example\.test.*/),
      extra: expect.stringMatching(/^192\.0\.2\.1\s+backend$/),
      privileges: expect.stringMatching(/1$/),
      user: '65534:1234',
      first: expect.stringMatching(/docker-init|tini/),
      device: 'there',
    });
    expect(facts['resolver']).toContain('search example.test');
    const bounds = BigInt(`0x${facts['bounds']?.split(/\s+/).at(-1)}`);
    expect([bounds >> 12n, bounds >> 27n].map((bits) => bits & 1n)).toEqual([1n, 0n]);
    await lab.stopped(arn);
  });

  test('a container with a terminal, one without a network, and one linked to another', async () => {
    const arn = await lab.run(
      await lab.register({
        family: 'kinds',
        networkMode: 'bridge',
        containerDefinitions: [
          container('terminal', ['test -t 0 && test -t 1 && echo out=terminal'], {
            pseudoTerminal: true,
            interactive: true,
            essential: false,
          }),
          container('listener', ['echo "in=$(ls -l /proc/$$/fd/0)"'], {
            interactive: true,
            essential: false,
          }),
          container('alone', ['echo "interfaces=$(ls /sys/class/net | tr "\\n" " ")"'], {
            disableNetworking: true,
            essential: false,
          }),
          script('web', `httpd -p 8080 -h /www; ${onSignals()}`, { memory: 32 }),
          container('asker', ['echo "answer=$(wget -q -O - http://friend:8080/)"'], {
            links: ['web:friend'],
            essential: false,
          }),
        ],
      }),
      onHost,
    );
    const [terminal, listener, alone, asker] = await Promise.all(
      ['terminal', 'listener', 'alone', 'asker'].map((name) => factsOf(arn, name)),
    );
    expect(terminal?.['out']).toBe('terminal');
    expect(listener?.['in']).toContain('pipe:');
    expect(alone?.['interfaces']?.trim()).not.toContain('eth');
    expect(asker?.['answer']).toContain('host-test');
    await lab.stop(arn);
  });

  test.each([
    { name: 'bridge', networkMode: 'bridge', launch: () => onHost, size: {} },
    { name: 'awsvpc', ...FARGATE, launch: () => fargate, size: {} },
  ])(
    'the containers of a task see each other’s processes: $name',
    async ({ launch, name, size: _, ...definition }) => {
      const see = 'until ps | grep -q "[s]leep 4321"; do sleep 0.1; done; echo seen=yes';
      const arn = await lab.run(
        await lab.register({
          ...definition,
          family: `pids-${name}`,
          pidMode: 'task',
          containerDefinitions: [
            script('main', 'sleep 4321 & trap "exit 0" TERM; wait', { memory: 32 }),
            container('side', [see, 'echo "first=$(cat /proc/1/comm)"'], { essential: false }),
          ],
        }),
        launch(),
      );
      expect(await factsOf(arn, 'side')).toMatchObject({ seen: 'yes', first: 'pause' });
      await lab.stop(arn);
    },
  );

  test('[RUN-67] shared memory is the task’s, nobody’s or the host’s, and processes may be the host’s', async () => {
    const share = (ipcMode: string, more: Readonly<Record<string, unknown>> = {}) =>
      lab.register({
        family: `ipc-${ipcMode}`,
        networkMode: 'none',
        ipcMode,
        ...more,
        containerDefinitions: [
          container('main', ['touch /dev/shm/here 2>/dev/null', 'echo "ipc=$(ls -l /proc/self/ns/ipc)"'], {}),
          container('side', ['echo "ipc=$(ls -l /proc/self/ns/ipc)"', 'echo "pids=$(ps | wc -l)"'], {
            essential: false,
          }),
        ],
      });
    const arns = await Promise.all(
      [share('task'), share('none'), share('host', { pidMode: 'host' })].map(async (made) =>
        lab.run(await made, onHost),
      ),
    );
    const namespaces = await Promise.all(
      arns.map(async (arn) => {
        const [main, side] = await Promise.all([factsOf(arn, 'main'), factsOf(arn, 'side')]);
        return {
          main: main['ipc']?.split('> ')[1],
          side: side['ipc']?.split('> ')[1],
          pids: Number(side['pids']),
        };
      }),
    );
    const host = readlinkSync('/proc/self/ns/ipc');
    const [task, none, ofHost] = namespaces;
    expect(task?.main).toBe(task?.side);
    expect(task?.main).not.toBe(host);
    expect(none?.main).not.toBe(none?.side);
    expect(ofHost).toMatchObject({ main: host, side: host });
    expect(ofHost?.pids).toBeGreaterThan(20);
    expect(none?.pids).toBeLessThan(10);
    await Promise.all(arns.map((arn) => lab.stopped(arn)));
    expect(await lab.docker(['ps', '-q', '--filter', 'label=gantry.kind=pause'])).toBe('');
  });

  test('ports of a range are as many of the host in a row, and lead to the container', async () => {
    const definition = await lab.register({
      family: 'range',
      networkMode: 'bridge',
      containerDefinitions: [
        script(
          'web',
          `mkdir -p /www; echo in the row > /www/index.html; for port in 8001 8002; do httpd -p $port -h /www; done; ${onSignals()}`,
          {
            memory: 32,
            portMappings: [{ containerPortRange: '8001-8003' }, { containerPort: 8080 }],
          },
        ),
      ],
    });
    const task = await lab.running(await lab.run(definition, onHost));
    const [single, range] = containerOf(task, 'web').networkBindings;
    expect(single).toMatchObject({ bindIP: '0.0.0.0', containerPort: 8080, protocol: 'tcp' });
    const { hostPortRange } = range as unknown as { readonly hostPortRange: string };
    const [first = 0, last = 0] = hostPortRange.split('-').map(Number);
    expect(range).toMatchObject({ bindIP: '0.0.0.0', containerPortRange: '8001-8003', protocol: 'tcp' });
    expect(last - first).toBe(2);
    await eventually('an answer behind the second port', () => answerAt(`127.0.0.1:${first + 1}`), 20_000);
    await lab.stop(task.taskArn);
  });

  test('[RUN-37] [TSK-60] a container has its GPUs alone, and a task that wants more than are free is not placed', async () => {
    const gpu = (family: string, value: string) =>
      lab.register({
        family,
        containerDefinitions: [
          script('main', `ls /dev; env; echo end; ${onSignals()}`, {
            memory: 32,
            resourceRequirements: [{ type: 'GPU', value }],
          }),
        ],
      });
    const arn = await lab.run(await gpu('gpu', '1'), onHost);
    const task = await lab.running(arn);
    const [id] = (containerOf(task, 'main') as unknown as { readonly gpuIds: readonly string[] }).gpuIds;
    expect(id).toBe('GPU-1');
    const lines = await eventually('the lines', async () => {
      const seen = await lab.logLines(arn, 'main');
      return seen.includes('end') ? seen : undefined;
    });
    expect(lines).toContain('NVIDIA_VISIBLE_DEVICES=GPU-1');
    await expect(lab.run(await gpu('gpus', '2'), onHost)).rejects.toThrow('RESOURCE:GPU');
    await lab.stop(arn);
  });

  test('a task cuts a port of its own network off, and gives it back', async () => {
    const text = [
      'fault() { wget -q -O - --post-data "$2" "$ECS_AGENT_URI/fault/v1/network-blackhole-port/$1" 2>&1; echo; }',
      // The program waits for ever for an answer that does not come.
      'get() { rm -f /tmp/got; wget -q -O /tmp/got http://127.0.0.1:8080/ 2>/dev/null & page=$!',
      'for i in 1 2 3 4 5 6 7 8; do test -s /tmp/got && break; sleep 0.5; done; kill $page 2>/dev/null',
      'test -s /tmp/got && echo "$1=reached" || echo "$1=lost"; }',
      `body='{"Port":8080,"Protocol":"tcp","TrafficType":"ingress"}'`,
      'httpd -p 8080 -h /www',
      'get before',
      'echo "start=$(fault start "$body")"',
      'echo "status=$(fault status "$body")"',
      'get while',
      'echo "again=$(fault status "$body")"',
      'echo "stop=$(fault stop "$body")"',
      'get after',
      'echo end',
    ].join('\n');
    // Older commands do not know the setting; the SDK does.
    const client = sdkClient();
    const definition = async (family: string, enableFaultInjection: boolean): Promise<string> => {
      const containerDefinitions = [script('main', text)] as ContainerDefinition[];
      const { requiresCompatibilities: _, ...size } = FARGATE;
      const input = { family, ...size, enableFaultInjection, containerDefinitions };
      const { taskDefinition } = await client.send(new RegisterTaskDefinitionCommand(input));
      return taskDefinition?.taskDefinitionArn ?? '';
    };
    const arn = await lab.run(await definition('faulty', true), fargate);
    expect(await factsOf(arn, 'main')).toMatchObject({
      before: 'reached',
      start: expect.stringContaining('{"Status":"running"}'),
      status: expect.stringContaining('{"Status":"running"}'),
      while: 'lost',
      again: expect.stringContaining('429'),
      stop: expect.stringContaining('{"Status":"stopped"}'),
      after: 'reached',
    });
    const plain = await lab.run(await definition('faultless', false), fargate);
    expect((await factsOf(plain, 'main'))['start']).toContain('400');
    await Promise.all([arn, plain].map((each) => lab.stopped(each)));
  });

  test('[FLT-7] what a task did to the network of its host goes with the task', async () => {
    const text = [
      `body='{"Port":64999,"Protocol":"tcp","TrafficType":"ingress"}'`,
      'echo "start=$(wget -q -O - --post-data "$body" "$ECS_AGENT_URI/fault/v1/network-blackhole-port/start" 2>&1)"',
      'echo end',
    ].join('\n');
    const { taskDefinition } = await sdkClient().send(
      new RegisterTaskDefinitionCommand({
        family: 'faulty-host',
        networkMode: 'host',
        enableFaultInjection: true,
        containerDefinitions: [script('main', text, { memory: 32 })] as ContainerDefinition[],
      }),
    );
    const arn = await lab.run(taskDefinition?.taskDefinitionArn ?? '', onHost);
    expect((await factsOf(arn, 'main'))['start']).toContain('running');
    await lab.stopped(arn);
    expect(await shell('iptables', ['-w', '5', '-S'])).not.toMatch(/gf[0-9a-f]{8}-ingress-tcp-64999/);
  });

  test('a privileged container has all that the kernel gives; a host that has less of it is not asked', async () => {
    const definition = await lab.register({
      family: 'mighty',
      containerDefinitions: [
        container('main', ['echo "caps=$(grep CapEff /proc/self/status)"'], { privileged: true }),
      ],
    });
    const own = /CapBnd:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
    const last = BigInt(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8').trim());
    if (BigInt(`0x${own}`) === (1n << (last + 1n)) - 1n) {
      const facts = await factsOf(await lab.run(definition, onHost), 'main');
      expect(facts['caps']).toContain(own);
    } else {
      await expect(lab.run(definition, onHost)).rejects.toThrow(/"reason":"ATTRIBUTE".*privileged-container/);
    }
  });

  test('what the host cannot do is refused when the task is placed, by name', async () => {
    const definition = await lab.register({
      family: 'labelled',
      containerDefinitions: [script('main', 'true', { memory: 32, dockerSecurityOptions: ['label:type:x'] })],
    });
    await expect(lab.run(definition, onHost)).rejects.toThrow(
      /"reason":"ATTRIBUTE".*com\.amazonaws\.ecs\.capability\.selinux/,
    );
  });

  test('a device that the host does not have ends the task with a reason that names it', async () => {
    const definition = await lab.register({
      family: 'device',
      containerDefinitions: [
        script('main', 'true', { memory: 32, linuxParameters: { devices: [{ hostPath: '/dev/nothing' }] } }),
      ],
    });
    const task = await lab.stopped(await lab.run(definition, onHost));
    expect(task.stopCode).toBe('TaskFailedToStart');
    expect(containerOf(task, 'main').reason).toMatch(/\/dev\/nothing/);
  });
});
