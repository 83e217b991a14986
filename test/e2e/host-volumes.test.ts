import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
import { startTestAgent, type TestAgent } from './support/test-agent.ts';

const CLUSTER = 'volumes';
const missing = await whyNoTestEngine();
const onHost = ['--cluster', CLUSTER, '--launch-type', 'EC2'];

let lab: HostLab;
let agent: TestAgent | undefined;
let folder: string;
let fargate: readonly string[];

describe.skipIf(missing !== undefined)('volumes of a task', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-volumes-'));
    for (const path of ['fs-1/data', 'fsap-9', 'outside'])
      mkdirSync(join(folder, 'efs', path), { recursive: true });
    mkdirSync(join(folder, 'host'));
    symlinkSync(join(folder, 'efs/outside'), join(folder, 'efs/fs-1/link'));
    const efs = ['--efs-directory', join(folder, 'efs')];
    lab = await startHostLab(CLUSTER, efs);
    const args = ['--cpu', '4096', '--memory', '2048', ...efs];
    agent = await startTestAgent(lab.gantry, { cluster: CLUSTER, args, env: lab.engine.env });
    fargate = await fargateOptions(lab.gantry, CLUSTER);
  });

  afterAll(async () => {
    await agent?.remove();
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const linesOf = (arn: string, container: string): Promise<readonly string[]> =>
    eventually(
      `the lines of ${container}`,
      async () => {
        const lines = await lab.logLines(arn, container);
        return lines.at(-1) === 'end' ? lines.slice(0, -1) : undefined;
      },
      30_000,
    ).catch(async (cause: unknown) => {
      throw new Error(`the task is ${JSON.stringify(await lab.describe(arn))}`, { cause });
    });
  const start = async (
    family: string,
    containerDefinitions: readonly unknown[],
    { options = onHost, ...more }: Readonly<Record<string, unknown>> & { options?: readonly string[] },
  ): Promise<string> => lab.run(await lab.register({ family, ...more, containerDefinitions }), options);
  const container = (name: string, lines: readonly string[], more: Readonly<Record<string, unknown>> = {}) =>
    script(name, [...lines, 'echo end'].join('\n'), { memory: 32, ...more });
  const engineVolumes = (): Promise<string> => lab.docker(['volume', 'ls', '-q']);

  test('containers share a volume, one may only read it, and another has all volumes of the first', async () => {
    const until = (path: string) => `until test -e ${path}; do sleep 0.1; done`;
    const arn = await start(
      'shared',
      [
        container(
          'writer',
          ['cat /www/index.html', 'echo hello > /www/said', until('/www/answer'), 'cat /www/answer'],
          {
            mountPoints: [
              { sourceVolume: 'own', containerPath: '/www' },
              { sourceVolume: 'path', containerPath: '/host' },
            ],
          },
        ),
        container('reader', [until('/read/said'), 'cat /read/said', 'touch /read/x 2>&1'], {
          essential: false,
          mountPoints: [{ sourceVolume: 'own', containerPath: '/read', readOnly: true }],
        }),
        container('heir', [until('/www/said'), 'echo back > /www/answer', 'echo from heir > /host/file'], {
          essential: false,
          volumesFrom: [{ sourceContainer: 'writer' }],
        }),
        container('viewer', [until('/www/said'), 'touch /www/y 2>&1'], {
          essential: false,
          volumesFrom: [{ sourceContainer: 'writer', readOnly: true }],
        }),
      ],
      { volumes: [{ name: 'own' }, { name: 'path', host: { sourcePath: join(folder, 'host') } }] },
    );
    const [writer, reader, , viewer] = await Promise.all(
      ['writer', 'reader', 'heir', 'viewer'].map((name) => linesOf(arn, name)),
    );
    // What the image has at the place of the mount is in the volume.
    expect(writer).toEqual(['host-test/tool:1', 'back']);
    expect(reader?.[0]).toBe('hello');
    expect(reader?.[1]).toMatch(/Read-only file system/);
    expect(viewer?.[0]).toMatch(/Read-only file system/);
    expect(readFileSync(join(folder, 'host/file'), 'utf8')).toBe('from heir\n');
    await lab.stopped(arn);
  });

  test('volumes of the engine: one goes with its task, one stays, one must be there', async () => {
    const docker = (name: string, dockerVolumeConfiguration: Readonly<Record<string, unknown>>) => ({
      name,
      dockerVolumeConfiguration,
    });
    const mounts = (...names: readonly string[]) => ({
      mountPoints: names.map((sourceVolume) => ({ sourceVolume, containerPath: `/${sourceVolume}` })),
    });
    const volumes = [
      docker('mine', {
        scope: 'task',
        driver: 'local',
        labels: { kind: 'own' },
        driverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' },
      }),
      docker('ours', { scope: 'shared', autoprovision: true, labels: { kind: 'shared' } }),
    ];
    const look = ['grep " /mine " /proc/mounts', 'echo line >> /ours/log', 'wc -l < /ours/log'];
    const first = await start('docker', [container('main', look, mounts('mine', 'ours'))], { volumes });
    expect(await linesOf(first, 'main')).toEqual([expect.stringMatching(/tmpfs.*size=1024k/), '1']);
    const second = await start('docker', [container('main', look, mounts('mine', 'ours'))], { volumes });
    expect((await linesOf(second, 'main')).at(-1)).toBe('2');
    const inspected = JSON.parse(await lab.docker(['volume', 'inspect', 'ours'])) as { Labels: unknown }[];
    expect(inspected[0]?.Labels).toMatchObject({ kind: 'shared' });
    expect(await engineVolumes()).toMatch(/ecs-docker-\d-mine-/);
    const absent = await start('absent', [container('main', [], mounts('gone'))], {
      volumes: [docker('gone', { scope: 'shared', autoprovision: false })],
    });
    const task = await lab.stopped(absent);
    expect(task.stopCode).toBe('TaskFailedToStart');
    expect(task.stoppedReason).toMatch(
      /ResourceInitializationError: .*the shared volume gone is not on this host/,
    );
    expect(containerOf(task, 'main').exitCode).toBeUndefined();
  });

  test('EFS on FARGATE is the configured folder: the root, a folder, an access point, and nothing beyond', async () => {
    const efs = (name: string, more: Readonly<Record<string, unknown>>) => ({
      name,
      efsVolumeConfiguration: { fileSystemId: 'fs-1', transitEncryption: 'ENABLED', ...more },
    });
    const mount = (sourceVolume: string) => ({ sourceVolume, containerPath: `/${sourceVolume}` });
    writeFileSync(join(folder, 'efs/fs-1/data/page'), 'a page\n');
    const volumes = [
      efs('root', {}),
      efs('data', { rootDirectory: '/data' }),
      efs('point', { authorizationConfig: { accessPointId: 'fsap-9' } }),
    ];
    const arn = await start(
      'efs',
      [
        script('main', `ls /root; cat /data/page; echo kept > /point/file; echo end; ${onSignals()}`, {
          mountPoints: [mount('root'), mount('data'), mount('point')],
        }),
      ],
      { ...FARGATE, volumes, options: fargate },
    );
    const lines = await eventually('the lines', async () => {
      const seen = await lab.logLines(arn, 'main');
      return seen.includes('end') ? seen : undefined;
    });
    expect(lines.slice(0, 3)).toEqual(['data', 'link', 'a page']);
    expect(readFileSync(join(folder, 'efs/fsap-9/file'), 'utf8')).toBe('kept\n');
    await lab.stop(arn);
    const refusals = await Promise.all(
      [efs('root', { rootDirectory: '/link' }), efs('root', { rootDirectory: '/none' })].map(
        async (volume, index) =>
          lab.stopped(
            await start(`efs-${index}`, [container('main', [], { mountPoints: [mount('root')] })], {
              ...FARGATE,
              volumes: [volume],
              options: fargate,
            }),
          ),
      ),
    );
    expect(refusals[0]?.stoppedReason).toMatch(/ResourceInitializationError: .*leads out of its file system/);
    expect(refusals[1]?.stoppedReason).toMatch(/ResourceInitializationError: .*\/fs-1\/none.*ENOENT/);
  });

  test('storage that the host does not have is refused when the task is placed', async () => {
    const definition = await lab.register({
      family: 'large',
      ...FARGATE,
      ephemeralStorage: { sizeInGiB: 21 },
      containerDefinitions: [script('main', 'true')],
    });
    const overrides = JSON.stringify({ ephemeralStorage: { sizeInGiB: 200 } });
    // Whether this machine has so much is not the test's to say: either answer is right, and nothing else.
    const outcome = await lab
      .run(definition, [...fargate, '--overrides', overrides])
      .catch((error: unknown) => String(error));
    if (outcome.startsWith('arn:')) await lab.stopped(outcome);
    else expect(outcome).toMatch(/ephemeralStorage of 200 GiB: its disk has \d+/);
  });

  test('what went with tasks is gone with them, and a shared volume stays', async () => {
    await agent?.remove();
    agent = undefined;
    const left = await engineVolumes();
    expect(left).not.toMatch(/ecs-docker/);
    expect(left).toMatch(/^ours$/m);
  });
});
