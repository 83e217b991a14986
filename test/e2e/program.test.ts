import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { projectRoot } from '../support/gantry.ts';
import { attempt, shell } from '../support/shell.ts';
import { eventually } from '../support/wait.ts';
import { whyNoTestEngine } from './support/engine.ts';
import {
  FARGATE,
  fargateOptions,
  type HostLab,
  onSignals,
  script,
  startHostLab,
} from './support/host-lab.ts';
import { answerAt } from './support/lab.ts';

const missing = await whyNoTestEngine();
/** Nobody's key. */
const STRANGER = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
};

let lab: HostLab;

describe.skipIf(missing !== undefined)('the program', () => {
  beforeAll(async () => {
    lab = await startHostLab('program', ['--auth', 'off', '--allow-reset']);
  });

  afterAll(async () => {
    await lab?.close();
  });

  test('env prints what clients need', async () => {
    const printed = await lab.gantry.gantry(['env']);
    const script = `eval "$1"; printf '%s\\n' "$AWS_ENDPOINT_URL" "$AWS_REGION" "$AWS_DISABLE_HOST_PREFIX_INJECTION"`;
    const text = await shell('sh', ['-c', script, 'sh', printed]);
    expect(text.trim().split('\n')).toEqual([lab.gantry.endpointUrl, 'us-east-1', 'true']);
    expect(lab.gantry.env['AWS_ACCESS_KEY_ID']).toMatch(/^AKIA[A-Z0-9]{16}$/);
  });

  test('status says what runs', async () => {
    const text = await lab.gantry.gantry(['status']);
    expect(text).toMatch(new RegExp(`control plane +running, pid \\d+, ${lab.gantry.endpointUrl}`));
    expect(text).toMatch(/agent +running, pid \d+/);
  });

  test('[PRG-3] with --auth off any key will do', async () => {
    const text = await lab.gantry.aws(['sts', 'get-caller-identity', '--output', 'json'], { env: STRANGER });
    expect(JSON.parse(text)).toMatchObject({ Account: '000000000000' });
    const { taskDefinitionArns } = JSON.parse(
      await lab.gantry.aws(['ecs', 'list-task-definitions', '--output', 'json'], { env: STRANGER }),
    ) as { taskDefinitionArns: readonly string[] };
    expect(taskDefinitionArns).toEqual([]);
  });

  test('[PRG-4] a reset clears all state and stops all tasks, and the same installation goes on', async () => {
    const definition = await lab.register({
      family: 'before-reset',
      ...FARGATE,
      containerDefinitions: [script('main', onSignals())],
    });
    const arn = await lab.run(definition, await fargateOptions(lab.gantry, 'program'));
    await lab.running(arn);
    const answer = await fetch(`${lab.gantry.endpointUrl}/_gantry/reset`, { method: 'POST' });
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'reset' }]);
    const { clusterArns } = await lab.gantry.awsJson<{ clusterArns: readonly string[] }>([
      ...['ecs', 'list-clusters'],
    ]);
    expect(clusterArns.filter((cluster) => cluster.endsWith('/program'))).toEqual([]);
    const { logGroups } = await lab.gantry.awsJson<{ logGroups: readonly unknown[] }>([
      ...['logs', 'describe-log-groups'],
    ]);
    expect(logGroups).toEqual([]);
    await eventually('the end of all containers', async () =>
      (await lab.docker(['ps', '-q'])) === '' ? true : undefined,
    );
    await lab.gantry.aws(['ecs', 'create-cluster', '--cluster-name', 'anew']);
    const anew = await lab.register({
      family: 'after-reset',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ ...script('main', 'exit 4'), logConfiguration: undefined }],
    });
    const task = await lab.stopped(await lab.run(anew, await fargateOptions(lab.gantry, 'anew')));
    expect(task.containers.map(({ exitCode }) => exitCode)).toEqual([4]);
  });

  test('[PRG-3] [PRG-4] without --allow-reset there is no reset, and without --auth off no stranger', async () => {
    const other = await freePort();
    const dataDir = mkdtempSync(join(tmpdir(), 'gantry-strict-'));
    const gantry = (args: readonly string[]) =>
      attempt(process.execPath, [join(projectRoot, 'bin/gantry.js'), ...args, '--data-dir', dataDir]);
    const started = await gantry(['up', '--detach', '--no-agent', '--port', String(other)]);
    expect(started).toMatchObject({ status: 0 });
    const endpointUrl = `http://127.0.0.1:${other}`;
    const answer = await fetch(`${endpointUrl}/_gantry/reset`, { method: 'POST' });
    expect(answer.status).toBe(403);
    const refused = await lab.gantry.tryAws(['sts', 'get-caller-identity', '--endpoint-url', endpointUrl], {
      env: STRANGER,
    });
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('InvalidClientTokenId');
    const again = await gantry(['up', '--port', String(other)]);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain(`Already running at ${endpointUrl}`);
    expect((await gantry(['down'])).status).toBe(0);
    expect((await gantry(['status'])).status).toBe(1);
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('[PRG-7] npm start brings up a sample service whose address answers, and goes away at TERM', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'gantry-start-'));
    const port = String(await freePort());
    const child = spawn(
      process.execPath,
      [join(projectRoot, 'tools/start.mjs'), '--port', port, '--data-dir', dataDir],
      { env: { ...process.env, ...lab.engine.env } },
    );
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (piece: Buffer) => {
        printed += piece.toString();
      });
    }
    const ended = new Promise((resolve) => child.on('exit', resolve));
    const url = await eventually('the address of the sample', async () => {
      if (child.exitCode !== null) throw new Error(`npm start ended:\n${printed}`);
      return /the sample service \S+ answers at http:\/\/(\S+)\//.exec(printed)?.[1];
    }).catch((cause: unknown) => {
      throw new Error(`npm start printed:\n${printed}`, { cause });
    });
    expect(await answerAt(url)).toMatch(/\S/);
    expect(printed).toContain(`http://127.0.0.1:${port}`);
    child.kill('SIGTERM');
    await ended;
    // The containers outlive the program, until they are asked to go.
    expect(await answerAt(url)).toMatch(/\S/);
    await shell(
      process.execPath,
      [join(projectRoot, 'bin/gantry.js'), 'down', '--containers', '--data-dir', dataDir],
      {
        env: lab.engine.env,
      },
    );
    expect(await answerAt(url)).toBeUndefined();
    rmSync(dataDir, { recursive: true, force: true });
  });
});
