import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CutProxy, startCutProxy } from '../support/cut-proxy.ts';
import { eventually } from '../support/wait.ts';
import {
  CLUSTER,
  containerOf,
  type HardAgent,
  type HardLab,
  isRunning,
  isStopped,
  type Key,
  startHardLab,
} from './support/hard-lab.ts';

describe('two agents with one identity', () => {
  let lab: HardLab;
  let first: HardAgent;

  beforeAll(async () => {
    lab = await startHardLab();
    await lab.register({ family: 'web' });
    first = lab.startAgent();
    await lab.hostWhere(({ agentConnected }) => agentConnected === true);
  });

  afterAll(() => lab?.close());

  const hasEnded = (agent: HardAgent): Promise<number> =>
    eventually('the end of the agent', async () => agent.process.exitCode ?? undefined);

  /** The folder of the first agent, as it is now. */
  const copied = (name: string): string => {
    const copy = `${first.dataDir}-${name}`;
    cpSync(first.dataDir, copy, { recursive: true });
    for (const file of ['agent.run.json', 'output.txt']) rmSync(join(copy, file), { force: true });
    return copy;
  };

  test('[HARD-40] a copied data directory is refused, and the agent that it is of goes on', async () => {
    const second = lab.startAgent({ dataDir: copied('copy') });
    expect(await hasEnded(second)).not.toBe(0);
    expect(second.output()).toContain(`This is a copy: the data directory was made at ${first.dataDir}`);
    expect(second.output()).not.toMatch(/\n\s+at /);
    expect((await lab.host())?.agentConnected).toBe(true);
    expect(first.process.exitCode).toBeNull();
  });

  test('[HARD-42] a second agent on one data directory is refused, also when nothing tells of the first', async () => {
    const second = lab.startAgent({ dataDir: join(first.dataDir, 'out'), stateDir: first.dataDir });
    expect(await hasEnded(second)).not.toBe(0);
    expect(second.output()).toContain('An agent already runs in');
    rmSync(join(first.dataDir, 'agent.run.json'));
    const third = lab.startAgent({ dataDir: join(first.dataDir, 'out'), stateDir: first.dataDir });
    expect(await hasEnded(third)).not.toBe(0);
    expect(third.output()).toContain('Another agent already uses');
    expect((await lab.host())?.agentConnected).toBe(true);
  });

  test('[HARD-41] of two clones the one that registered last serves, the other ends, and a task starts once', async () => {
    const dataDir = copied('clone');
    const document = join(dataDir, 'state/agent.json');
    const state = JSON.parse(readFileSync(document, 'utf8')) as { readonly home: string };
    const home = state.home.replace(first.dataDir, dataDir);
    writeFileSync(document, JSON.stringify({ ...state, home }));
    const clone = lab.startAgent({ dataDir });
    expect(await hasEnded(first)).toBe(1);
    expect(first.output()).toContain('Another agent has registered as this container instance since');
    await lab.hostWhere(({ agentConnected }) => agentConnected === true);
    const arn = await lab.run('web');
    await lab.taskWhere(arn, isRunning);
    const why = await lab.gantry.gantry(['why', arn, '--cluster', CLUSTER]);
    expect(why).toContain('A second agent with the identity of its host was turned away');
    await lab.stop(arn);
    expect(containerOf(await lab.taskWhere(arn, isStopped))).toMatchObject({ exitCode: 143 });
    expect(clone.process.exitCode).toBeNull();
    // No storm: each came once, and the first once more to be turned away.
    const ended = clone.logged('agent.disconnected').filter(({ session }) => session === 'acs');
    expect(ended).toEqual([]);
    const log = readFileSync(join(lab.gantry.dataDir, 'logs/control-plane.log'), 'utf8');
    expect(log.match(/agent-session.turned-away/g)?.length).toBeLessThanOrEqual(4);
  });
});

describe('a key of an agent that is not good any more', () => {
  let lab: HardLab;
  let proxy: CutProxy;

  beforeAll(async () => {
    lab = await startHardLab();
    await lab.register({ family: 'web' });
    await lab.iam.send(new CreateUserCommand({ UserName: 'host' }));
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await lab.iam.send(new AttachUserPolicyCommand({ UserName: 'host', PolicyArn }));
  });

  beforeEach(async () => {
    proxy = await startCutProxy(lab.gantry.port);
  });

  afterEach(() => proxy.close());
  afterAll(() => lab?.close());

  const newKey = async (): Promise<Key> => {
    const { AccessKey } = await lab.iam.send(new CreateAccessKeyCommand({ UserName: 'host' }));
    return {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    };
  };

  test('[HARD-45] its tasks run on, it says what to do, and goes on with the key that is put into its file', async () => {
    const old = await newKey();
    const agent = lab.startAgent({ endpointUrl: proxy.url, key: old });
    await lab.hostWhere(({ agentConnected }) => agentConnected === true);
    const arn = await lab.run('web');
    await lab.taskWhere(arn, isRunning);
    await lab.iam.send(
      new UpdateAccessKeyCommand({ UserName: 'host', AccessKeyId: old.accessKeyId, Status: 'Inactive' }),
    );
    proxy.reset();
    await eventually('the word', async () => (agent.output().includes(agent.keyFile) ? true : undefined));
    expect(agent.output()).toContain("does not take this agent's key");
    expect(agent.output()).not.toContain(old.secretAccessKey);
    await lab.hostWhere(({ agentConnected }) => agentConnected === false);
    expect((await lab.task(arn)).lastStatus).toBe('RUNNING');
    writeFileSync(agent.keyFile, JSON.stringify(await newKey()));
    await lab.hostWhere(({ agentConnected }) => agentConnected === true);
    expect(agent.logged('agent.key-renewed').length).toBeGreaterThan(0);
    await lab.stop(arn);
    expect(containerOf(await lab.taskWhere(arn, isStopped))).toMatchObject({ exitCode: 143 });
    expect(agent.process.exitCode).toBeNull();
  });
});
