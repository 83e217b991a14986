import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot, type TestGantry } from '../../support/gantry.ts';
import { shell } from '../../support/shell.ts';
import { eventually } from '../../support/wait.ts';

/** A container instance as `aws ecs describe-container-instances` shows it. */
export interface InstanceView {
  readonly containerInstanceArn: string;
  readonly status: string;
  readonly agentConnected: boolean;
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
  readonly remainingResources: readonly {
    readonly name: string;
    readonly integerValue: number;
    readonly stringSetValue?: readonly string[];
  }[];
}

/** A second host on this machine: a `gantry agent` of a cluster, with a data directory and a key file of its own. */
export interface TestAgent {
  readonly cluster: string;
  readonly pid: number;
  instance(): Promise<InstanceView>;
  /** Ends it with TERM and waits. */
  stop(): Promise<void>;
  /** Ends it for good, takes its containers away and deletes its data. */
  remove(): Promise<void>;
}

export interface TestAgentOptions {
  readonly cluster: string;
  /** Where it finds the control plane; the control plane's own URL when absent. */
  readonly endpointUrl?: string;
  /** More options of `gantry agent`. */
  readonly args?: readonly string[];
  /** Variables for the program, e.g. DOCKER_HOST. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts an agent and waits until its instance is connected. */
export async function startTestAgent(gantry: TestGantry, options: TestAgentOptions): Promise<TestAgent> {
  const { cluster, args = [], env } = options;
  const folder = mkdtempSync(join(tmpdir(), 'gantry-agent-'));
  const keyFile = join(folder, 'key.json');
  writeFileSync(keyFile, JSON.stringify(keyOf(gantry)), { mode: 0o600 });
  const logFile = join(folder, 'agent.log');
  const log = openSync(logFile, 'a');
  const child = spawn(
    process.execPath,
    [
      ...[join(projectRoot, 'bin/gantry.js'), 'agent', '--cluster', cluster],
      ...[
        '--endpoint',
        options.endpointUrl ?? gantry.endpointUrl,
        '--data-dir',
        join(folder, 'agent'),
        '--key-file',
        keyFile,
        ...args,
      ],
    ],
    { env: { ...process.env, ...env }, stdio: ['ignore', log, log] },
  );
  const instance = (): Promise<InstanceView> => instanceOf(gantry, cluster);
  const stop = (): Promise<void> => ended(child, 'SIGTERM');
  await eventually(`the agent of ${cluster}`, async () => {
    if (child.exitCode !== null) throw new Error(`the agent ended: ${readFileSync(logFile, 'utf8')}`);
    return (await instance()).agentConnected || undefined;
  });
  return {
    cluster,
    pid: child.pid ?? 0,
    instance,
    stop,
    remove: async () => {
      await stop();
      const program = join(projectRoot, 'bin/gantry.js');
      await shell(process.execPath, [program, 'down', '--containers', '--data-dir', folder], { env });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const keyOf = ({ env }: TestGantry) => ({
  accessKeyId: env['AWS_ACCESS_KEY_ID'],
  secretAccessKey: env['AWS_SECRET_ACCESS_KEY'],
});

/** The one container instance of a cluster. */
async function instanceOf(gantry: TestGantry, cluster: string): Promise<InstanceView> {
  const { containerInstanceArns } = await gantry.awsJson<{ containerInstanceArns: readonly string[] }>([
    ...['ecs', 'list-container-instances', '--cluster', cluster],
  ]);
  const [arn] = containerInstanceArns;
  if (arn === undefined) throw new Error(`no instance in ${cluster}`);
  const { containerInstances } = await gantry.awsJson<{ containerInstances: readonly InstanceView[] }>([
    ...['ecs', 'describe-container-instances', '--cluster', cluster, '--container-instances', arn],
  ]);
  const [found] = containerInstances;
  if (found === undefined) throw new Error(`the instance ${arn} is not described`);
  return found;
}

function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
