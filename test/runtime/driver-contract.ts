import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  ContainerSpec,
  ContainerState,
  ExecProcess,
  LogLine,
  RuntimeDriver,
  SandboxSpec,
} from '../../src/runtime/driver.ts';

/** Programs that the contract needs; a harness says which image and command behave so. */
export type ContractProgram =
  | 'serve' // runs until stopped, obeys TERM at once
  | 'deaf' // ignores TERM
  | 'exit-3'
  | 'print' // prints "line 1", "line 2", "line 3" and ends with 0
  | 'unstartable'; // the engine refuses to start it

/** What a driver's own test file gives to the contract. */
export interface DriverHarness {
  readonly driver: RuntimeDriver;
  /** The driver of an agent that came back after a crash: same owner, same host. */
  reopen(): Promise<RuntimeDriver>;
  program(name: ContractProgram): { readonly image: string; readonly command?: readonly string[] };
  /** An image that cannot be had. */
  readonly missingImage: string;
  /** A network interface for the next awsvpc sandbox. */
  nextInterface(): NonNullable<SandboxSpec['networkInterface']>;
  dispose(): Promise<void>;
}

/** What every runtime driver promises, whatever engine is behind it (RUN-1). */
export function describeRuntimeDriver(name: string, make: () => Promise<DriverHarness>): void {
  describe(`runtime driver: ${name}`, () => {
    let harness: DriverHarness;
    beforeAll(async () => {
      harness = await make();
    });
    afterAll(() => harness?.dispose());

    describeLife(() => harness);
    describeOutput(() => harness);
    describeSandboxes(() => harness);
    describeCommands(() => harness);
  });
}

function describeLife(given: () => DriverHarness): void {
  test('[RUN-1] the host has cores and memory', async () => {
    const info = await given().driver.info();
    expect(info.cpuUnits).toBeGreaterThanOrEqual(1024);
    expect(info.memoryMib).toBeGreaterThan(0);
  });

  test('[RUN-68] a volume is there until it is removed, and making it again changes nothing', async () => {
    const { driver } = given();
    const name = `volume-${randomBytes(6).toString('hex')}`;
    const spec = { name, driver: 'local', driverOptions: {}, labels: { a: 'b' } };
    expect(await driver.findVolume(name)).toBeUndefined();
    await driver.createVolume(spec);
    await driver.createVolume({ ...spec, labels: { a: 'c' } });
    expect(await driver.findVolume(name)).toMatchObject(spec);
    await driver.removeVolume(name);
    await driver.removeVolume(name);
    expect(await driver.findVolume(name)).toBeUndefined();
  });

  test('[RUN-3] an image that cannot be had is refused with the step', async () => {
    const { driver, missingImage } = given();
    await expect(driver.pullImage({ image: missingImage, localImage: 'fallback' })).rejects.toMatchObject({
      step: 'pull',
    });
  });

  test('[RUN-4] the same container asked for twice is one container', async () => {
    const task = await prepareTask(given(), 'none');
    const spec = task.spec('serve');
    const first = await given().driver.createContainer(spec);
    const second = await given().driver.createContainer(spec);
    expect(second.runtimeId).toBe(first.runtimeId);
    await task.clear();
  });

  test('[RUN-5] a container runs, obeys TERM and is gone; every call may be repeated', async () => {
    const { driver } = given();
    const task = await prepareTask(given(), 'none');
    const { runtimeId } = await driver.createContainer(task.spec('serve'));
    expect(await driver.inspectContainer(runtimeId)).toMatchObject({
      status: 'created',
      containerName: 'main',
    });
    await driver.startContainer(runtimeId);
    await driver.startContainer(runtimeId);
    const running = await driver.inspectContainer(runtimeId);
    expect(running).toMatchObject({ status: 'running', taskId: task.taskId });
    expect(running?.labels['com.amazonaws.ecs.container-name']).toBe('main');
    expect(running?.startedAtMs).toBeGreaterThan(0);
    expect(running?.exitCode).toBeUndefined();
    expect(await driver.stats(runtimeId)).toBeDefined();
    await driver.stopContainer(runtimeId, 30);
    await driver.stopContainer(runtimeId, 30);
    const stopped = await driver.inspectContainer(runtimeId);
    expect(stopped).toMatchObject({ status: 'exited', exitCode: 143, wasOutOfMemory: false });
    expect(stopped?.finishedAtMs).toBeGreaterThanOrEqual(running?.startedAtMs ?? 0);
    expect(await driver.stats(runtimeId)).toBeUndefined();
    await driver.removeContainer(runtimeId);
    await driver.removeContainer(runtimeId);
    expect(await driver.inspectContainer(runtimeId)).toBeUndefined();
    await driver.stopContainer(runtimeId, 0);
    const spec = task.spec('serve', 'named');
    const named = await driver.createContainer(spec);
    await driver.removeContainer(spec.engineName);
    await driver.removeContainer(spec.engineName);
    expect(await driver.inspectContainer(named.runtimeId)).toBeUndefined();
    await task.clear();
  });

  test('[RUN-6] a container that ended by itself keeps its exit code, and runs again when started again', async () => {
    const { driver } = given();
    const task = await prepareTask(given(), 'none');
    const { runtimeId } = await driver.createContainer(task.spec('exit-3'));
    for (const _round of [1, 2]) {
      await driver.startContainer(runtimeId);
      expect(await seen(driver, runtimeId, isExited)).toMatchObject({ exitCode: 3, wasOutOfMemory: false });
    }
    await task.clear();
  });

  test('[RUN-7] a program deaf to TERM is killed after the grace time', async () => {
    const { driver } = given();
    const task = await prepareTask(given(), 'none');
    const { runtimeId } = await driver.createContainer(task.spec('deaf'));
    await driver.startContainer(runtimeId);
    await driver.stopContainer(runtimeId, 1);
    expect(await driver.inspectContainer(runtimeId)).toMatchObject({ status: 'exited', exitCode: 137 });
    await task.clear();
  });

  test('[RUN-8] a refused start says so and leaves a created container with the error', async () => {
    const { driver } = given();
    const task = await prepareTask(given(), 'none');
    const { runtimeId } = await driver.createContainer(task.spec('unstartable'));
    await expect(driver.startContainer(runtimeId)).rejects.toMatchObject({ step: 'start' });
    const state = await driver.inspectContainer(runtimeId);
    expect(state?.status).toBe('created');
    expect(state?.error).toContain('executable file not found');
    await task.clear();
  });

  test('[RUN-9] a health check is run and its verdict seen', async () => {
    const { driver } = given();
    const task = await prepareTask(given(), 'none');
    const healthCheck = {
      command: ['CMD-SHELL', 'true'],
      intervalSeconds: 1,
      timeoutSeconds: 5,
      retries: 3,
      startPeriodSeconds: 0,
    };
    const { runtimeId } = await driver.createContainer({ ...task.spec('serve'), healthCheck });
    await driver.startContainer(runtimeId);
    expect((await seen(driver, runtimeId, (state) => state.health === 'healthy')).status).toBe('running');
    const last = async () => (await driver.inspectContainer(runtimeId))?.healthChecks?.at(-1);
    expect(await last()).toMatchObject({ exitCode: 0 });
    await driver.stopContainer(runtimeId, 0);
    expect((await driver.inspectContainer(runtimeId))?.health).toBeUndefined();
    expect(await last()).toMatchObject({ exitCode: 0 });
    await task.clear();
  });
}

function describeOutput(given: () => DriverHarness): void {
  test('[RUN-10] output is read to its end, piece by piece, and a cursor takes up where it stands', async () => {
    const { driver } = given();
    const task = await prepareTask(given(), 'none');
    const { runtimeId } = await driver.createContainer(task.spec('print'));
    expect(await driver.readLogs(runtimeId, undefined, 1000)).toMatchObject({ lines: [], isEnd: false });
    await driver.startContainer(runtimeId);
    await seen(driver, runtimeId, isExited);
    const lines: LogLine[] = [];
    let cursor: Parameters<RuntimeDriver['readLogs']>[1];
    for (let isEnd = false; !isEnd; ) {
      const chunk = await driver.readLogs(runtimeId, cursor, 1);
      lines.push(...chunk.lines);
      cursor = JSON.parse(JSON.stringify(chunk.cursor));
      isEnd = chunk.isEnd;
    }
    expect(lines.map((line) => line.message)).toEqual(['line 1', 'line 2', 'line 3']);
    expect(lines[0]?.timestampMs).toBeGreaterThan(0);
    expect(await driver.readLogs(runtimeId, undefined, 100_000)).toMatchObject({ lines, isEnd: true });
    await task.clear();
  });

  test('[RUN-11] watchers hear of a start and of an end', async () => {
    const { driver } = given();
    const task = await prepareTask(given(), 'none');
    const { runtimeId } = await driver.createContainer(task.spec('exit-3'));
    const ended = seen(driver, runtimeId, isExited);
    await driver.startContainer(runtimeId);
    expect((await ended).exitCode).toBe(3);
    await task.clear();
  });
}

function describeSandboxes(given: () => DriverHarness): void {
  test('[RUN-12] an agent that comes back finds its sandboxes and containers', async () => {
    const { driver } = given();
    const task = await prepareTask(given(), 'none');
    const { runtimeId } = await driver.createContainer(task.spec('serve'));
    await driver.startContainer(runtimeId);
    const again = await given().reopen();
    expect(await again.listSandboxes()).toContain(task.taskId);
    const found = (await again.listContainers()).find((state) => state.runtimeId === runtimeId);
    expect(found).toMatchObject({ taskId: task.taskId, containerName: 'main', status: 'running' });
    expect((await again.createContainer(task.spec('serve'))).runtimeId).toBe(runtimeId);
    await again.close();
    await task.clear();
    expect(await driver.listSandboxes()).not.toContain(task.taskId);
  });

  test('[RUN-13] bridge mode publishes ports: a chosen one, or one of the engine', async () => {
    const { driver } = given();
    const task = await prepareTask(given(), 'bridge');
    const portMappings = [{ containerPort: 8080, hostPort: 0, protocol: 'tcp' as const }];
    const { runtimeId } = await driver.createContainer({ ...task.spec('serve'), portMappings });
    await driver.startContainer(runtimeId);
    const state = await driver.inspectContainer(runtimeId);
    expect(state?.portBindings).toHaveLength(1);
    expect(state?.portBindings[0]).toMatchObject({ bindIp: '0.0.0.0', containerPort: 8080, protocol: 'tcp' });
    const hostPort = state?.portBindings[0]?.hostPort ?? 0;
    expect(hostPort).toBeGreaterThan(1023);
    expect(state?.bridgeAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    const rival = await prepareTask(given(), 'bridge');
    const refused = await driver.createContainer({
      ...rival.spec('serve'),
      portMappings: [{ containerPort: 8080, hostPort, protocol: 'tcp' }],
    });
    await expect(driver.startContainer(refused.runtimeId)).rejects.toThrow(
      /port is already allocated|address already in use/,
    );
    await rival.clear();
    await task.clear();
  });

  test('[RUN-14] a task with its own interface is prepared twice, used and released twice', async () => {
    const { driver } = given();
    if (!(await driver.info()).hasTaskNetworking) return;
    const task = await prepareTask(given(), 'awsvpc');
    await driver.prepareSandbox(task.sandbox);
    const { runtimeId } = await driver.createContainer(task.spec('serve'));
    await driver.startContainer(runtimeId);
    expect(await driver.inspectContainer(runtimeId)).toMatchObject({ status: 'running', portBindings: [] });
    const gatewayCidr = task.sandbox.networkInterface?.gatewayCidr;
    expect(await driver.hostAddressFor('awsvpc', gatewayCidr)).toBe(gatewayCidr?.split('/')[0]);
    await task.clear();
    await driver.releaseSandbox(task.taskId);
  });

  test('[RUN-69] a container is created while the sandbox of its task is being made', async () => {
    const { driver } = given();
    if (!(await driver.info()).hasTaskNetworking) return;
    const task = newTask(given(), 'awsvpc');
    const prepared = driver.prepareSandbox(task.sandbox);
    const { runtimeId } = await driver.createContainer({
      ...task.spec('serve'),
      engineHostConfig: { ExtraHosts: ['other:10.1.2.3'] },
    });
    await prepared;
    await driver.startContainer(runtimeId);
    expect(await driver.inspectContainer(runtimeId)).toMatchObject({ status: 'running' });
    await task.clear();
  });
}

function describeCommands(given: () => DriverHarness): void {
  const terminal = { environment: { TERM: 'xterm-256color' }, columns: 80, rows: 24 };
  const textOf = (command: ExecProcess) => {
    let text = '';
    let look = (): void => {};
    command.onOutput((bytes) => {
      text += Buffer.from(bytes).toString('utf8');
      look();
    });
    return async (wanted: string): Promise<string> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      look = () => {
        if (text.includes(wanted)) resolve();
      };
      look();
      await promise;
      return text;
    };
  };

  test('[RUN-70] a command runs on a terminal of its own and ends with its code', async () => {
    const { driver } = given();
    const task = await prepareTask(given(), 'none');
    const { runtimeId } = await driver.createContainer(task.spec('serve'));
    await expect(driver.exec({ runtimeId, command: ['cat'], ...terminal })).rejects.toMatchObject({
      step: 'exec',
    });
    await driver.startContainer(runtimeId);
    const said = await driver.exec({ runtimeId, command: ['echo', 'a  b', '$HOME'], ...terminal });
    await textOf(said)('a  b $HOME\r\n');
    expect(await said.ended).toEqual({ exitCode: 0 });
    const typed = await driver.exec({ runtimeId, command: ['cat'], ...terminal });
    const shows = textOf(typed);
    await typed.write(Buffer.from('hello'));
    await shows('hello');
    await typed.write(Buffer.from('\n\x04'));
    expect(await typed.ended).toEqual({ exitCode: 0 });
    await typed.resize(100, 50);
    await typed.write(Buffer.from('too late'));
    await typed.kill();
    await task.clear();
  });

  test('[RUN-71] a command can be killed, also by an agent that came back', async () => {
    const { driver } = given();
    const task = await prepareTask(given(), 'none');
    const { runtimeId } = await driver.createContainer(task.spec('serve'));
    await driver.startContainer(runtimeId);
    for (const way of ['kill', 'killExec'] as const) {
      const command = await driver.exec({ runtimeId, command: ['cat'], ...terminal });
      const shows = textOf(command);
      await command.write(Buffer.from('x'));
      await shows('x');
      if (way === 'kill') await command.kill();
      else await driver.killExec(command.execId);
      expect((await command.ended).exitCode).not.toBe(0);
    }
    await driver.killExec('0'.repeat(64));
    // The container itself does not notice.
    expect(await driver.inspectContainer(runtimeId)).toMatchObject({ status: 'running' });
    await task.clear();
  });
}

/** A prepared task, and how to name and clear its containers. */
export async function prepareTask(
  harness: DriverHarness,
  networkMode: SandboxSpec['networkMode'],
  limits: Partial<SandboxSpec> = {},
) {
  const task = newTask(harness, networkMode, limits);
  await harness.driver.prepareSandbox(task.sandbox);
  return task;
}

/** A task that is not prepared yet. */
function newTask(
  harness: DriverHarness,
  networkMode: SandboxSpec['networkMode'],
  limits: Partial<SandboxSpec> = {},
) {
  const { driver } = harness;
  const taskId = randomBytes(16).toString('hex');
  const networkInterface = networkMode === 'awsvpc' ? harness.nextInterface() : undefined;
  const sandbox: SandboxSpec = { taskId, networkMode, networkInterface, ...limits };
  const spec = (program: ContractProgram, containerName = 'main'): ContainerSpec => ({
    ...harness.program(program),
    taskId,
    containerName,
    engineName: `ecs-contract-1-${containerName}-${taskId.slice(0, 20)}`,
    labels: { 'com.amazonaws.ecs.container-name': containerName },
    environment: { GREETING: 'hello' },
    cpuUnits: 2,
    memoryMib: 64,
    portMappings: [],
  });
  const clear = async (): Promise<void> => {
    const own = (await driver.listContainers()).filter((state) => state.taskId === taskId);
    for (const { runtimeId } of own) {
      await driver.stopContainer(runtimeId, 0);
      await driver.removeContainer(runtimeId);
    }
    await driver.releaseSandbox(taskId);
  };
  return { taskId, sandbox, spec, clear };
}

/** Resolves with the first state that `isWanted`, woken by the driver's own watch alone. */
export async function seen(
  driver: RuntimeDriver,
  runtimeId: string,
  isWanted: (state: ContainerState) => boolean,
): Promise<ContainerState> {
  const { promise, resolve, reject } = Promise.withResolvers<ContainerState>();
  const look = (): void => {
    driver.inspectContainer(runtimeId).then((state) => {
      if (state !== undefined && isWanted(state)) resolve(state);
    }, reject);
  };
  const unwatch = driver.watch((changed) => {
    if (changed === runtimeId) look();
  });
  look();
  try {
    return await promise;
  } finally {
    unwatch();
  }
}

/** Whether it has ended. */
export const isExited = (state: ContainerState): boolean => state.status === 'exited';
