import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { eventually } from '../support/wait.ts';
import { whyNoTestEngine } from './support/engine.ts';
import {
  containerOf,
  FARGATE,
  fargateOptions,
  type HostLab,
  type HostTask,
  HTTP_GET,
  IMAGE,
  networkOptions,
  script,
  startHostLab,
  TASK_ROLE,
} from './support/host-lab.ts';
import { answerAt } from './support/lab.ts';
import { type InstanceView, startTestAgent, type TestAgent } from './support/test-agent.ts';

const missing = await whyNoTestEngine();
/** What a web server of the test image says. */
const PAGE = IMAGE;

let lab: HostLab;
let near: TestAgent;
let far: TestAgent;

/** Two registered hosts beside the one that `gantry up` starts for FARGATE, all on this machine and its one engine. */
describe.skipIf(missing !== undefined)('networks of tasks on several hosts', () => {
  beforeAll(async () => {
    lab = await startHostLab('near');
    await lab.gantry.aws(['ecs', 'create-cluster', '--cluster-name', 'far']);
    const args = ['--cpu', '1024', '--memory', '1024'];
    const env = lab.engine.env;
    [near, far] = await Promise.all([
      startTestAgent(lab.gantry, { cluster: 'near', args, env }),
      startTestAgent(lab.gantry, { cluster: 'far', args, env }),
    ]);
  });

  afterAll(async () => {
    await Promise.all([near?.remove(), far?.remove()]);
    await lab?.close();
  });

  const onHost = (cluster: string): readonly string[] => ['--cluster', cluster, '--launch-type', 'EC2'];
  const web = (port: number, portMappings: readonly unknown[]): Readonly<Record<string, unknown>> =>
    script('web', `trap "exit 0" TERM; echo serving; httpd -f -p ${port} -h /www & wait $!`, {
      memory: 64,
      cpu: 64,
      portMappings,
    });
  const answered = (address: string): Promise<string> =>
    eventually(`an answer at ${address}`, () => answerAt(address), 30_000);
  const amount = ({ remainingResources }: InstanceView, name: string): number | undefined =>
    remainingResources.find((resource) => resource.name === name)?.integerValue;

  test('bridge: the engine chooses a host port, which the task names and which answers', async () => {
    const definition = await lab.register({
      family: 'bridged',
      networkMode: 'bridge',
      containerDefinitions: [web(8080, [{ containerPort: 8080 }])],
    });
    // On both hosts at once, and twice on one: no port is used twice.
    const arns = await Promise.all(
      ['near', 'near', 'far'].map((cluster) => lab.run(definition, onHost(cluster))),
    );
    const tasks = await Promise.all(arns.map((arn) => lab.running(arn)));
    const ports = tasks.map(portOf);
    expect(new Set(ports).size).toBe(3);
    for (const task of tasks) {
      expect(containerOf(task, 'web').networkBindings).toEqual([
        { bindIP: '0.0.0.0', containerPort: 8080, hostPort: portOf(task), protocol: 'tcp' },
      ]);
      expect(await answered(`127.0.0.1:${portOf(task)}`)).toBe(PAGE);
    }
    expect(tasks[0]?.containerInstanceArn).toBe((await near.instance()).containerInstanceArn);
    expect(tasks[2]?.containerInstanceArn).toBe((await far.instance()).containerInstanceArn);
    const instance = await near.instance();
    expect(instance.runningTasksCount).toBe(2);
    expect(amount(instance, 'MEMORY')).toBe(1024 - 2 * 64);
    expect(amount(instance, 'CPU')).toBe(1024 - 2 * 64);
    await Promise.all(arns.map((arn) => lab.stop(arn)));
    expect(amount(await near.instance(), 'MEMORY')).toBe(1024);
    for (const port of ports) expect(await answerAt(`127.0.0.1:${port}`)).toBeUndefined();
  });

  test('bridge: a host port of the definition is the task’s alone', async () => {
    const hostPort = await freePort();
    const definition = await lab.register({
      family: 'fixed',
      networkMode: 'bridge',
      containerDefinitions: [web(8080, [{ containerPort: 8080, hostPort }])],
    });
    const arn = await lab.run(definition, onHost('near'));
    const task = await lab.running(arn);
    expect(portOf(task)).toBe(hostPort);
    expect(await answered(`127.0.0.1:${hostPort}`)).toBe(PAGE);
    await expect(lab.run(definition, onHost('near'))).rejects.toThrow('RESOURCE:PORTS');
    await lab.stop(arn);
  });

  test('host: the port is the host’s own', async () => {
    const port = await freePort();
    const definition = await lab.register({
      family: 'on-host',
      networkMode: 'host',
      containerDefinitions: [web(port, [{ containerPort: port }])],
    });
    const arn = await lab.run(definition, onHost('far'));
    const task = await lab.running(arn);
    // Nothing is mapped, so there is no binding to name.
    expect(containerOf(task, 'web').networkBindings).toEqual([]);
    expect(await answered(`127.0.0.1:${port}`)).toBe(PAGE);
    await lab.stop(arn);
    expect(await answerAt(`127.0.0.1:${port}`)).toBeUndefined();
  });

  test('awsvpc: each task has an address of its own, on a registered host and in the pool of FARGATE', async () => {
    const containerDefinitions = [web(80, [{ containerPort: 80 }])];
    const onInstance = await lab.register({
      family: 'addressed',
      networkMode: 'awsvpc',
      containerDefinitions,
    });
    const onFargate = await lab.register({ family: 'fargate', ...FARGATE, containerDefinitions });
    const network = await networkOptions(lab.gantry);
    const arns = await Promise.all([
      lab.run(onInstance, [...onHost('near'), ...network]),
      lab.run(onInstance, [...onHost('far'), ...network]),
      lab.run(onFargate, await fargateOptions(lab.gantry, 'near')),
    ]);
    const tasks = await Promise.all(arns.map((arn) => lab.running(arn)));
    const addresses = tasks.map(addressOf);
    expect(new Set(addresses).size).toBe(3);
    for (const address of addresses) expect(await answered(address)).toBe(PAGE);
    expect(tasks.map(({ containerInstanceArn }) => containerInstanceArn !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
    await Promise.all(arns.map((arn) => lab.stop(arn)));
    for (const address of addresses) expect(await answerAt(address)).toBeUndefined();
  });

  test.each(['bridge', 'host', 'awsvpc'])(
    '%s: a container finds its metadata and its credentials',
    async (networkMode) => {
      const text = [
        HTTP_GET,
        'get "$ECS_CONTAINER_METADATA_URI_V4"',
        'get "http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"',
        'get "$AWS_ENDPOINT_URL/_gantry/health"',
        'echo end',
      ].join('\n');
      const taskRoleArn = `arn:aws:iam::000000000000:role/${TASK_ROLE}`;
      const definition = await lab.register({
        family: `metadata-${networkMode}`,
        networkMode,
        taskRoleArn,
        containerDefinitions: [script('main', text, { memory: 64 })],
      });
      const network = networkMode === 'awsvpc' ? await networkOptions(lab.gantry) : [];
      const arn = await lab.run(definition, [...onHost('far'), ...network]);
      const task = await lab.stopped(arn);
      const lines = await eventually('the metadata', async () => {
        const seen = await lab.logLines(arn, 'main');
        return seen.at(-1) === 'end' ? seen : undefined;
      });
      expect(lines.slice(0, -1).map((line) => JSON.parse(line) as unknown)).toMatchObject([
        {
          DockerId: containerOf(task, 'main').runtimeId,
          Name: 'main',
          Networks: [{ NetworkMode: networkMode }],
        },
        { RoleArn: taskRoleArn },
        { status: 'ok' },
      ]);
    },
  );

  test('a host that went away is shown as not connected, and gets no task', async () => {
    expect(await near.instance()).toMatchObject({ status: 'ACTIVE', agentConnected: true });
    await near.stop();
    await eventually('the lost connection', async () =>
      (await near.instance()).agentConnected ? undefined : true,
    );
    const definition = await lab.register({
      family: 'unplaced',
      networkMode: 'bridge',
      containerDefinitions: [script('main', 'true', { memory: 64 })],
    });
    await expect(lab.run(definition, onHost('near'))).rejects.toThrow('AGENT');
  });
});

const portOf = (task: HostTask): number => containerOf(task, 'web').networkBindings[0]?.hostPort ?? 0;

const addressOf = (task: HostTask): string =>
  containerOf(task, 'web').networkInterfaces[0]?.privateIpv4Address ?? '';
