import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { whyNoTestEngine } from './support/engine.ts';
import { FARGATE, fargateOptions, type HostLab, script, startHostLab } from './support/host-lab.ts';

const CLUSTER = 'secrets';
const PASSWORD = 'a-password-that-nobody-else-has';
const missing = await whyNoTestEngine();

let lab: HostLab;
let options: readonly string[];
let secretArn = '';

const allow = (action: readonly string[], resource: string) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
});

/** Lets the execution role read what begins with `app`. */
async function grant(): Promise<void> {
  const document = {
    Version: '2012-10-17',
    Statement: [
      allow(['secretsmanager:GetSecretValue'], 'arn:aws:secretsmanager:*:*:secret:app/*'),
      allow(['s3:GetObject'], 'arn:aws:s3:::app-config/*'),
      allow(['ssm:GetParameters'], 'arn:aws:ssm:*:*:parameter/app/*'),
    ],
  };
  await lab.gantry.aws([
    ...['iam', 'put-role-policy', '--role-name', 'host-execution', '--policy-name', 'secrets'],
    ...['--policy-document', JSON.stringify(document)],
  ]);
}

describe.skipIf(missing !== undefined)('secrets of containers', () => {
  beforeAll(async () => {
    lab = await startHostLab(CLUSTER);
    options = await fargateOptions(lab.gantry, CLUSTER);
    const made = await lab.gantry.awsJson<{ ARN: string }>([
      ...['secretsmanager', 'create-secret', '--name', 'app/db'],
      ...['--secret-string', JSON.stringify({ user: 'ann', password: PASSWORD })],
    ]);
    secretArn = made.ARN;
    await lab.gantry.aws([
      ...[
        'ssm',
        'put-parameter',
        '--name',
        '/app/greeting',
        '--value',
        'hello there',
        '--type',
        'SecureString',
      ],
    ]);
    await grant();
  });

  afterAll(async () => {
    await lab?.close();
  });

  test('[TSC-3] [TSC-8] values reach the process as variables or as files, and stay nowhere else', async () => {
    const definition = await lab.register({
      family: 'reader',
      ...FARGATE,
      containerDefinitions: [
        script(
          'main',
          'echo "$USER_NAME $GREETING [$PASSWORD]"; cat /run/secrets/password; echo; ls -ln /run/secrets/password; echo end; sleep 600',
          {
            user: '1000:1000',
            secrets: [
              { name: 'USER_NAME', valueFrom: `${secretArn}:user::` },
              { name: 'GREETING', valueFrom: '/app/greeting' },
              { name: 'PASSWORD', valueFrom: `${secretArn}:password::` },
            ],
            dockerLabels: { 'gantry.secret-file.PASSWORD': '/run/secrets/password' },
          },
        ),
      ],
    });
    const arn = await lab.run(definition, options);
    await lab.running(arn);
    const lines = await eventually('the lines', async () => {
      const found = await lab.logLines(arn, 'main');
      return found.includes('end') ? found : undefined;
    });
    expect(lines[0]).toBe('ann hello there []');
    expect(lines[1]).toBe(PASSWORD);
    expect(lines[2]).toMatch(/^-r--------\s+1 1000\s+1000/);
    expect(JSON.stringify(await lab.describe(arn))).not.toContain('ann');
    const files = readdirSync(lab.gantry.dataDir, { recursive: true, withFileTypes: true });
    const texts = files
      .filter((file) => file.isFile() && !file.name.startsWith('log-events'))
      .filter((file) => !file.parentPath.includes('engine'))
      .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'));
    expect(texts.some((text) => text.includes('app/db'))).toBe(true);
    expect(texts.some((text) => text.includes('hello there'))).toBe(false);
    await lab.stop(arn);
    await lab.stopped(arn);
  });

  test('[TSC-5] environment files come from S3: the first file wins, the definition over both, a secret over all', async () => {
    await lab.gantry.aws(['s3', 'mb', 's3://app-config']);
    const putFile = (name: string, text: string) =>
      lab.gantry.aws(['s3', 'cp', '-', `s3://app-config/${name}`], { input: text });
    await putFile('one.env', '# first\nA=one\nB=one\nC=one\nQUOTED="x y"\n');
    await putFile('dir/two.env', 'A=two\nD=two\n');
    const arn = 'arn:aws:s3:::app-config';
    const definition = await lab.register({
      family: 'files',
      ...FARGATE,
      containerDefinitions: [
        script('main', 'echo "$A $B $C $D $QUOTED"; echo end', {
          environmentFiles: [
            { type: 's3', value: `${arn}/one.env` },
            { type: 's3', value: `${arn}/dir/two.env` },
          ],
          environment: [{ name: 'B', value: 'definition' }],
          secrets: [{ name: 'C', valueFrom: '/app/greeting' }],
        }),
      ],
    });
    const task = await lab.stopped(await lab.run(definition, options));
    expect(task.stopCode).toBe('EssentialContainerExited');
    const lines = await eventually('the lines', async () => {
      const found = await lab.logLines(task.taskArn, 'main');
      return found.includes('end') ? found : undefined;
    });
    expect(lines[0]).toBe('one definition hello there two "x y"');
    await lab.gantry.aws(['s3', 'rm', 's3://app-config/one.env']);
    const failed = await lab.stopped(await lab.run(definition, options));
    expect(failed.stoppedReason).toContain(
      'ResourceInitializationError: failed to download env files: file download command: non empty error stream: service call has been retried 1 time(s): NoSuchKey: The specified key does not exist.',
    );
  });

  test('[TSC-6] a secret that may not be read stops the task with the reason', async () => {
    const other = await lab.gantry.awsJson<{ ARN: string }>([
      ...['secretsmanager', 'create-secret', '--name', 'other', '--secret-string', 'x'],
    ]);
    const definition = await lab.register({
      family: 'refused',
      ...FARGATE,
      containerDefinitions: [script('main', 'true', { secrets: [{ name: 'A', valueFrom: other.ARN }] })],
    });
    const task = await lab.stopped(await lab.run(definition, options));
    expect(task.stopCode).toBe('TaskFailedToStart');
    expect(task.stoppedReason).toContain(
      `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${other.ARN} from secrets manager: AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/host-execution/`,
    );
  });
});
