import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ListContainerInstancesCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { projectRoot, startGantry, type TestGantry } from '../support/gantry.ts';

let gantry: TestGantry;
let endpoint = '';
let agent: ChildProcess | undefined;
const agentDir = mkdtempSync(join(tmpdir(), 'gantry-tls-agent-'));

beforeAll(async () => {
  const tlsPort = await freePort();
  endpoint = `https://localhost:${tlsPort}`;
  gantry = await startGantry({
    args: ['--runtime', 'simulated', '--no-agent', '--tls-port', String(tlsPort)],
  });
});

afterAll(async () => {
  if (agent !== undefined && agent.exitCode === null) {
    const ended = new Promise((resolve) => agent?.once('exit', resolve));
    agent.kill('SIGTERM');
    await ended;
  }
  await gantry?.stop();
  rmSync(agentDir, { recursive: true, force: true });
});

test('[PRG-12] clients and our own agent come over TLS when they trust the certificate', async () => {
  const caFile = join(gantry.dataDir, 'tls-cert.pem');
  const ecs = new ECSClient({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: {
      accessKeyId: gantry.env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: gantry.env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
    requestHandler: { httpsAgent: new https.Agent({ ca: readFileSync(caFile) }) },
  });
  await ecs.send(new CreateClusterCommand({ clusterName: 'lab' }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'web',
      containerDefinitions: [{ name: 'app', image: 'nginx', memory: 64 }],
    }),
  );
  agent = spawn(
    process.execPath,
    [
      ...[join(projectRoot, 'bin/gantry.js'), 'agent', '--endpoint', endpoint, '--cluster', 'lab'],
      ...[
        '--runtime',
        'simulated',
        '--data-dir',
        agentDir,
        '--key-file',
        join(gantry.dataDir, 'host-key.json'),
      ],
    ],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile }, stdio: 'ignore' },
  );
  const connected = () =>
    ecs.send(new ListContainerInstancesCommand({ cluster: 'lab', filter: 'agentConnected == true' }));
  await expect
    .poll(async () => (await connected()).containerInstanceArns?.length, { timeout: 20_000 })
    .toBe(1);
  const { tasks } = await ecs.send(
    new RunTaskCommand({ cluster: 'lab', taskDefinition: 'web', launchType: 'EC2' }),
  );
  const arns = [tasks?.[0]?.taskArn ?? ''];
  const status = async () =>
    (await ecs.send(new DescribeTasksCommand({ cluster: 'lab', tasks: arns }))).tasks?.[0]?.lastStatus;
  await expect.poll(status, { timeout: 20_000 }).toBe('RUNNING');
});
