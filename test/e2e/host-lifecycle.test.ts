import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { whyNoTestEngine } from './support/engine.ts';
import {
  containerOf,
  FARGATE,
  fargateOptions,
  type HostLab,
  HTTP_GET,
  IMAGE,
  onSignals,
  script,
  startHostLab,
  taskIdOf,
} from './support/host-lab.ts';

const CLUSTER = 'lifecycle';
const missing = await whyNoTestEngine();

const RESTARTING = { ...FARGATE, requiresCompatibilities: ['FARGATE' as const] };

let lab: HostLab;
let options: readonly string[];
/** Begun before all tests: a restart policy asks for a minute of life. */
let restarting: string;
let pulled: string;
let cleaned: string;
let refused: string;
const registry = brokenRegistry();

describe.skipIf(missing !== undefined)('the life of containers', () => {
  const start = async (family: string, containerDefinitions: readonly unknown[]): Promise<string> =>
    lab.run(await lab.register({ family, ...FARGATE, containerDefinitions }), options);

  beforeAll(async () => {
    lab = await startHostLab(CLUSTER, [
      ...['--task-cleanup-wait', '20s'],
      ...['--image-cleanup-interval', '10s', '--image-cleanup-age', '10s'],
    ]);
    options = await fargateOptions(lab.gantry, CLUSTER);
    const text = [
      HTTP_GET,
      'get "$ECS_CONTAINER_METADATA_URI_V4" | grep -o "\\"RestartCount\\":[0-9]*"',
      onSignals({ TERM: 'exit 0', USR1: 'exit 4' }),
    ].join('\n');
    const definition = script('main', text, { restartPolicy: { enabled: true, restartAttemptPeriod: 60 } });
    const containerDefinitions = [definition as ContainerDefinition];
    const arn = await lab.registerBySdk({ family: 'restarting', ...RESTARTING, containerDefinitions });
    restarting = await lab.run(arn, options);
    pulled = await pushImage('cleaned');
    cleaned = await start('cleaned', [script('main', 'exit 0', { image: pulled })]);
    const image = `127.0.0.1:${await registry.listen()}/app:1`;
    refused = await start('refused', [script('main', 'exit 0', { image })]);
  });

  /** An image that only the registry has. */
  const pushImage = async (repository: string): Promise<string> => {
    const host = `127.0.0.1:${lab.gantry.port}`;
    const image = `${host}/${repository}:1`;
    const password = await lab.gantry.aws(['ecr', 'get-login-password']);
    await lab.gantry.aws(['ecr', 'create-repository', '--repository-name', repository]);
    await lab.docker(['login', '--username', 'AWS', '--password-stdin', host], password);
    await lab.docker(['tag', IMAGE, image]);
    await lab.docker(['push', image]);
    await lab.docker(['rmi', image]);
    return image;
  };

  afterAll(async () => {
    registry.close();
    await lab?.close();
  });

  /** A time of the engine, by `docker inspect`. */
  const timeOf = async (runtimeId: string | undefined, member: 'StartedAt' | 'FinishedAt') =>
    Date.parse(
      JSON.parse(
        await lab.docker(['inspect', '--format', `{{json .State.${member}}}`, runtimeId ?? '']),
      ) as string,
    );

  test('[LIF-1] [LIF-3] containers start when their dependencies are met, and stop the other way round', async () => {
    const arn = await start('ordered', [
      script('app', onSignals({ TERM: 'sleep 1; exit 0' }), {
        stopTimeout: 20,
        dependsOn: [
          { containerName: 'init', condition: 'SUCCESS' },
          { containerName: 'db', condition: 'HEALTHY' },
        ],
      }),
      script('init', 'sleep 1; exit 0', { essential: false }),
      script('db', onSignals(), {
        healthCheck: { command: ['CMD-SHELL', 'true'], interval: 5, timeout: 2, retries: 1 },
      }),
    ]);
    expect(await lab.gantry.gantry(['why', arn])).toMatch(
      /app after init \(SUCCESS\), app after db \(HEALTHY\)|It is RUNNING/,
    );
    const up = await lab.running(arn);
    const idOf = (name: string) => containerOf(up, name).runtimeId;
    expect(await timeOf(idOf('app'), 'StartedAt')).toBeGreaterThan(await timeOf(idOf('init'), 'FinishedAt'));
    expect(await timeOf(idOf('app'), 'StartedAt')).toBeGreaterThan(
      (await timeOf(idOf('db'), 'StartedAt')) + 4_000,
    );
    expect(containerOf(up, 'db').healthStatus).toBe('HEALTHY');
    const ended = await lab.stop(arn);
    expect(ended.containers.map(({ name, exitCode }) => [name, exitCode])).toEqual([
      ['app', 0],
      ['init', 0],
      ['db', 0],
    ]);
    expect(await timeOf(idOf('db'), 'FinishedAt')).toBeGreaterThanOrEqual(
      await timeOf(idOf('app'), 'FinishedAt'),
    );
  });

  test('[LIF-2] a dependency that fails ends the task, and the task says which', async () => {
    const arn = await start('failing', [
      script('app', onSignals(), { dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] }),
      script('init', 'exit 3', { essential: false }),
    ]);
    const task = await lab.stopped(arn);
    expect(task.stopCode).toBe('TaskFailedToStart');
    expect(task.stoppedReason).toMatch(
      /^CannotStartContainerError: dependency graph: failed to resolve container ordering dependency \[init\(.* - Exit: 3\] for target \[app\(.*\] as dependency did not exit successfully\.$/,
    );
    expect(containerOf(task, 'app')).toMatchObject({ exitCode: 143, reason: task.stoppedReason });
    expect(containerOf(task, 'init').exitCode).toBe(3);
  });

  test('[LIF-2] a dependency that takes longer than its startTimeout ends the task', async () => {
    const arn = await start('late', [
      script('app', onSignals(), { dependsOn: [{ containerName: 'init', condition: 'COMPLETE' }] }),
      script('init', onSignals(), { essential: false, startTimeout: 2 }),
    ]);
    const task = await lab.stopped(arn);
    expect(task.stoppedReason).toMatch(/^CannotStartContainerError: .* has timed out\.$/);
    expect(containerOf(task, 'app').runtimeId).toBeUndefined();
  });

  test('[LIF-5] what a failing health check says is shown while the task runs and after its end', async () => {
    const healthCheck = {
      command: ['CMD-SHELL', 'echo cannot reach $0; exit 9'],
      ...{ interval: 5, timeout: 2, retries: 1 },
    };
    const arn = await start('unwell', [script('main', onSignals(), { healthCheck })]);
    await lab.taskWhere(arn, ({ healthStatus }) => healthStatus === 'UNHEALTHY');
    expect(await lab.gantry.gantry(['why', arn])).toContain(
      'The health check of container main said: exit 9, cannot reach',
    );
    await lab.stop(arn);
    expect(await lab.gantry.gantry(['history', arn])).toMatch(/health check \S+ {2}exit 9, cannot reach/);
  });

  test('[LIF-12] [LIF-13] a registry that is out of order is asked again and again, and the task says so', async () => {
    const task = await lab.stopped(refused);
    expect(task.stopCode).toBe('TaskFailedToStart');
    expect(task.stoppedReason).toMatch(/^CannotPullContainerError: .*503 Service Unavailable/);
    expect(registry.requestCount()).toBeGreaterThanOrEqual(5);
  });

  test('[LIF-15] an image of a private registry comes with the login of a secret, and not without', async () => {
    const image = (await pushImage('private')).replace('127.0.0.1', 'localhost');
    const password = (await lab.gantry.aws(['ecr', 'get-login-password'])).trim();
    const login = { username: 'AWS', password };
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' }],
    };
    await lab.gantry.aws([
      ...['iam', 'put-role-policy', '--role-name', 'host-execution', '--policy-name', 'registries'],
      ...['--policy-document', JSON.stringify(policy)],
    ]);
    for (const [name, value] of [
      ['login', login],
      ['bad', { ...login, password: 'wrong' }],
    ] as const) {
      await lab.gantry.aws([
        ...['secretsmanager', 'create-secret', '--name', name, '--secret-string', JSON.stringify(value)],
      ]);
    }
    const run = (credentialsParameter: string): Promise<string> =>
      start(`private-${credentialsParameter}`, [
        script('main', 'exit 0', { image, repositoryCredentials: { credentialsParameter } }),
      ]);
    // While nobody has brought it: an image that is on the host will do for those who cannot pull.
    const arns = await Promise.all([run('bad'), run('none')]);
    const [bad, none] = await Promise.all(arns.map((arn) => lab.stopped(arn)));
    expect(bad?.stoppedReason).toMatch(/^CannotPullContainerError: /);
    expect(none?.stoppedReason).toMatch(
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*ResourceNotFoundException/,
    );
    expect(containerOf(await lab.stopped(await run('login')), 'main').exitCode).toBe(0);
  });

  test('[LIF-4] a container runs again in its place, and its task goes on', async () => {
    const { runtimeId, ...before } = containerOf(await lab.running(restarting), 'main');
    const startedAtMs = await timeOf(runtimeId, 'StartedAt');
    await eventually('a minute of life', async () => (Date.now() - startedAtMs > 60_500 ? true : undefined));
    await lab.docker(['kill', '--signal', 'USR1', runtimeId ?? '']);
    const lines = await eventually('the second run', async () => {
      const seen = await lab.logLines(restarting, 'main');
      return seen.filter((line) => line === 'ready').length === 2 ? seen : undefined;
    });
    expect(lines).toEqual(['"RestartCount":0', 'ready', '"RestartCount":1', 'ready']);
    const task = await lab.running(restarting);
    expect(containerOf(task, 'main')).toMatchObject({ ...before, runtimeId, lastStatus: 'RUNNING' });
    await lab.docker(['kill', '--signal', 'USR1', runtimeId ?? '']);
    const ended = await lab.stopped(restarting);
    expect(ended).toMatchObject({ stopCode: 'EssentialContainerExited' });
    expect(containerOf(ended, 'main').exitCode).toBe(4);
  });

  test('[LIF-21] [LIF-24] what a stopped task had goes: container, image and notes, but not the images of others', async () => {
    await lab.stopped(cleaned);
    const taskId = taskIdOf(cleaned);
    const nothing = { containers: '', images: '', hasNotes: false };
    let left = nothing;
    await eventually('nothing of the task', async () => {
      left = {
        containers: await lab.docker(['ps', '-aq', '--filter', `label=gantry.task-id=${taskId}`]),
        images: await lab.docker(['images', '-q', pulled]),
        hasNotes: existsSync(join(lab.gantry.dataDir, 'agent/state/tasks', `${taskId}.json`)),
      };
      return left.containers === '' && left.images === '' && !left.hasNotes ? true : undefined;
    }).catch(() => {});
    expect(left).toEqual(nothing);
    expect(await lab.docker(['images', '-q', IMAGE])).toMatch(/\S/);
    const again = await start('again', [script('main', 'exit 0', { image: pulled })]);
    expect(containerOf(await lab.stopped(again), 'main').exitCode).toBe(0);
  });
});

/** A registry that always answers 503, and counts how often it is asked. */
function brokenRegistry() {
  let requestCount = 0;
  const server = createServer((_request, response) => {
    requestCount += 1;
    response.writeHead(503).end();
  });
  return {
    listen: async (): Promise<number> => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return (server.address() as AddressInfo).port;
    },
    requestCount: (): number => requestCount,
    close: (): void => {
      server.close();
      server.closeAllConnections();
    },
  };
}
