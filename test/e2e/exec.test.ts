import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot, startGantry, type TestGantry } from '../support/gantry.ts';
import { attempt, type Outcome } from '../support/shell.ts';
import { eventually } from '../support/wait.ts';
import { makeBusyboxImage, startTestEngine, type TestEngine, whyNoTestEngine } from './support/engine.ts';
import { startTerminal, type TestTerminal } from './support/terminal.ts';

const IMAGE = 'exec-box:1';
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});
const MAY_EXEC = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'ssmmessages:*', Resource: '*' }],
});
const PROMPT = /# /;

let engine: TestEngine;
let lab: TestGantry;
let task: string;

/** Processes of this machine whose arguments hold a word, and that are no zombies. */
function processesWith(word: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const isAlive = !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
        return isAlive && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
      } catch {
        return false;
      }
    })
    .map(Number);
}

const gone = (word: string): Promise<true> =>
  eventually(`the end of ${word}`, async () => (processesWith(word).length === 0 ? true : undefined), 30_000);
const there = (word: string, terminal: TestTerminal): Promise<true> =>
  eventually(
    `the start of ${word}`,
    async () => (processesWith(word).length > 0 ? true : undefined),
    30_000,
  ).catch((error: unknown) => {
    throw new Error(`${word} did not start: ${JSON.stringify(terminal.shown())}`, { cause: error });
  });

const execArgs = (words: readonly string[]): readonly string[] => [
  join(projectRoot, 'bin/gantry.js'),
  'exec',
  '--data-dir',
  lab.dataDir,
  task,
  '--container',
  'box',
  ...words,
];

const gantryExec = (words: readonly string[], input?: string): Promise<Outcome> =>
  attempt(process.execPath, execArgs(words), input === undefined ? {} : { input });

function awsTerminal(command: string): TestTerminal {
  const env = {
    ...lab.env,
    AWS_EC2_METADATA_DISABLED: 'true',
    PATH: `${join(projectRoot, 'bin/plugin')}:${process.env['PATH']}`,
  };
  const words = ['ecs', 'execute-command', '--cluster', 'lab', '--task', task, '--container', 'box'];
  return startTerminal(
    ['/usr/bin/aws', '--endpoint-url', lab.endpointUrl, ...words, '--interactive', '--command', command],
    env,
  );
}

describe.skipIf(await whyNoTestEngine())('commands in containers', () => {
  beforeAll(async () => {
    engine = await startTestEngine();
    await makeBusyboxImage(engine.socketPath, IMAGE);
    lab = await startGantry({ env: engine.env, args: ['--exec-resume', '1s'] });
    await lab.aws(['iam', 'create-role', '--role-name', 'box', '--assume-role-policy-document', TRUST]);
    await lab.aws([
      'iam',
      'put-role-policy',
      '--role-name',
      'box',
      '--policy-name',
      'exec',
      '--policy-document',
      MAY_EXEC,
    ]);
    await lab.aws(['logs', 'create-log-group', '--log-group-name', '/exec']);
    const configuration = {
      executeCommandConfiguration: {
        logging: 'OVERRIDE',
        logConfiguration: { cloudWatchLogGroupName: '/exec' },
      },
    };
    await lab.aws([
      'ecs',
      'create-cluster',
      '--cluster-name',
      'lab',
      '--configuration',
      JSON.stringify(configuration),
    ]);
    const containers = [
      { name: 'box', image: IMAGE, user: '65534' },
      {
        name: 'other',
        image: IMAGE,
        environment: [{ name: 'LANG', value: 'de_DE' }],
        command: ['sleep', '9999'],
      },
    ];
    await lab.aws([
      ...['ecs', 'register-task-definition', '--family', 'box', '--network-mode', 'awsvpc'],
      ...[
        '--requires-compatibilities',
        'FARGATE',
        '--cpu',
        '256',
        '--memory',
        '512',
        '--task-role-arn',
        'box',
      ],
      ...['--container-definitions', JSON.stringify(containers)],
    ]);
    const { Subnets } = await lab.awsJson<{ Subnets: readonly { SubnetId: string }[] }>([
      'ec2',
      'describe-subnets',
    ]);
    const { tasks } = await lab.awsJson<{ tasks: readonly { taskArn: string }[] }>([
      ...['ecs', 'run-task', '--cluster', 'lab', '--task-definition', 'box', '--launch-type', 'FARGATE'],
      ...['--enable-execute-command', '--network-configuration'],
      `awsvpcConfiguration={subnets=[${Subnets[0]?.SubnetId}]}`,
    ]);
    task = tasks[0]?.taskArn ?? '';
    await lab.aws(['ecs', 'wait', 'tasks-running', '--cluster', 'lab', '--tasks', task]);
  });

  afterAll(async () => {
    await lab?.stop();
    await engine?.stop();
  });

  test('[EXE-61] aws ecs execute-command --interactive is a terminal: echo, size, resize, ^C, exit', async () => {
    const terminal = awsTerminal('sh');
    try {
      await terminal.waitFor(/Starting session with SessionId: ecs-execute-command-[0-9a-f]{17}/);
      await terminal.waitFor(PROMPT);
      terminal.type('stty size; id -u; echo $TERM $LANG\r');
      await terminal.waitFor(/\n33 111\r*\n0\r*\nxterm-256color C.UTF-8\r*\n/);
      await terminal.resize(132, 43);
      await eventually('the new size', async () => {
        terminal.type('stty size\r');
        return /43 132/.test(await terminal.waitFor(/\d+ \d+\r*\n/)) ? true : undefined;
      }).catch((error: unknown) => {
        throw new Error(JSON.stringify(terminal.shown()), { cause: error });
      });
      terminal.type('sleep 31337\r');
      await there('31337', terminal);
      terminal.type('\x03');
      await terminal.waitFor(PROMPT);
      await gone('31337');
      terminal.type('exit 3\r');
      await terminal.waitFor(/Exiting session with sessionId: ecs-execute-command-/);
      expect(await terminal.ended).toBe(0);
    } finally {
      terminal.close();
    }
  });

  test('[EXE-60] gantry exec ends with the exit code of its command, and types what comes through a pipe', async () => {
    expect(await gantryExec(['sh', '-c', 'echo "a  b"; exit 42'])).toMatchObject({
      status: 42,
      stdout: 'a  b\r\n',
    });
    expect((await gantryExec(['sh', '-c', 'kill -9 $$'])).status).toBe(137);
    expect((await gantryExec(['cat'], 'typed\n')).stdout).toBe('typed\r\ntyped\r\n');
    const missing = await gantryExec(['/no/such/program']);
    expect(missing.status).not.toBe(0);
    expect(`${missing.stdout}${missing.stderr}`).toContain('/no/such/program');
    expect((await gantryExec(['sh'], 'echo from a shell\n')).stdout).toContain('\r\nfrom a shell\r\n');
    const other = [...execArgs([]).slice(0, 4), `${task.slice(0, -4)}ffff`, 'true'];
    const unknown = await attempt(process.execPath, other);
    expect(unknown).toMatchObject({ status: 1, stderr: expect.stringContaining('not found') });
  });

  test('[EXE-26] ten megabytes of all bytes come through as they are, also to a slow reader', async () => {
    await gantryExec(['sh', '-c', 'head -c 10485760 /dev/urandom > /tmp/blob']);
    const sum = (await gantryExec(['sha256sum', '/tmp/blob'])).stdout.slice(0, 64);
    const hash = createHash('sha256');
    const child = spawn(process.execPath, execArgs(['sh', '-c', 'stty raw -echo; cat /tmp/blob']), {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let bytes = 0;
    // Nobody reads at first: what has been shown waits in the container, not in our memory.
    await eventually('some output', async () => (child.stdout.readableLength > 0 ? true : undefined));
    for await (const piece of child.stdout as AsyncIterable<Buffer>) {
      bytes += piece.length;
      hash.update(piece);
    }
    expect(bytes).toBe(10_485_760);
    expect(hash.digest('hex')).toBe(sum);
  });

  test('[EXE-42] a client that is killed leaves no process behind, not even in the background', async () => {
    const script = `trap '' HUP; sleep 41001 & setsid sleep 41002 & sh -c "sleep 41003 & sleep 41004"`;
    const terminal = awsTerminal(`sh -c ${JSON.stringify(script)}`);
    try {
      for (const word of ['41001', '41002', '41003', '41004']) await there(word, terminal);
      for (const pid of processesWith('StartSession')) process.kill(pid, 'SIGKILL');
      for (const word of ['41001', '41002', '41003', '41004']) await gone(word);
      expect((await gantryExec(['true'])).status).toBe(0);
    } finally {
      terminal.close();
    }
  });

  test('[EXE-7] a container has two sessions at once; the third is refused, and there is room again later', async () => {
    const two = [awsTerminal('sh'), awsTerminal('sh')];
    try {
      for (const terminal of two) await terminal.waitFor(PROMPT);
      const third = await gantryExec(['true']);
      expect(third).toMatchObject({ status: 1 });
      expect(third.stderr).toContain('the maximum session limit of 2 has been reached');
      for (const terminal of two) terminal.type('exit\r');
      for (const terminal of two) expect(await terminal.ended).toBe(0);
      // The client hears of the end before the control plane has heard of it from the host.
      await eventually(
        'room for a session',
        async () => ((await gantryExec(['true'])).status === 0 ? true : undefined),
        20_000,
      );
    } finally {
      for (const terminal of two) terminal.close();
    }
  });

  test('[EXE-50] what a session shows is in the log group of the cluster, under the session’s name', async () => {
    await gantryExec(['sh', '-c', 'printf "\\033[31mred\\033[0m line\\n"; echo kept-in-the-log']);
    const { events } = await eventually('the transcript', async () => {
      const found = await lab.awsJson<{ events: readonly { message: string; logStreamName: string }[] }>([
        ...[
          'logs',
          'filter-log-events',
          '--log-group-name',
          '/exec',
          '--filter-pattern',
          '"kept-in-the-log"',
        ],
      ]);
      return found.events.length > 0 ? found : undefined;
    });
    expect(events[0]?.logStreamName).toMatch(/^ecs-execute-command-[0-9a-f]{17}$/);
    const stream = events[0]?.logStreamName ?? '';
    const all = await lab.awsJson<{ events: readonly { message: string }[] }>([
      ...[
        'logs',
        'get-log-events',
        '--log-group-name',
        '/exec',
        '--log-stream-name',
        stream,
        '--start-from-head',
      ],
    ]);
    expect(all.events.map(({ message }) => message)).toEqual(['red line', 'kept-in-the-log']);
  });

  test('[EXE-45] an agent that is killed ends its sessions, and its successor what they ran', async () => {
    const terminal = awsTerminal('sh');
    try {
      await terminal.waitFor(PROMPT);
      terminal.type('sleep 51001\r');
      await there('51001', terminal);
      const { pid } = JSON.parse(readFileSync(join(lab.dataDir, 'agent/agent.run.json'), 'utf8')) as {
        pid: number;
      };
      process.kill(pid, 'SIGKILL');
      await terminal.waitFor(/The connection to the host of the task was lost/);
      expect(await terminal.ended).toBe(0);
      await gone('51001');
      await eventually('the next agent', async () =>
        (await gantryExec(['true'])).status === 0 ? true : undefined,
      );
    } finally {
      terminal.close();
    }
  });
});
