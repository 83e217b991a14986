import { Command, Option } from 'commander';
import { type AgentCommand, defaultAgentDir, runAgent } from './agent-command.ts';
import { boundExpressions } from './bound-expressions.ts';
import { down } from './down.ts';
import { printEnv } from './env.ts';
import { type EventsOptions, printEvents, printHistory } from './events-command.ts';
import { type ExecOptions, execCommand } from './exec/exec-command.ts';
import { addHostOptions } from './host-options.ts';
import { type InstanceEnvOptions, printInstanceEnv } from './instance-env.ts';
import { reset } from './reset.ts';
import {
  DEFAULT_ACCOUNT_ID,
  DEFAULT_PORT,
  DEFAULT_REGION,
  defaultDataDir,
  type RawSettings,
} from './settings.ts';
import { status } from './status.ts';
import { printTop, type TopOptions } from './top.ts';
import { type UpOptions, up } from './up.ts';
import { UsageError } from './usage-error.ts';
import { printWhy } from './why.ts';

/** Runs one command line. Sets the exit status; a `UsageError` is shown as its sentence, anything else with its stack. */
export async function main(args: readonly string[]): Promise<void> {
  boundExpressions();
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    const text =
      error instanceof UsageError ? `gantry: ${error.message}` : String((error as Error).stack ?? error);
    process.stderr.write(`${text}\n`);
    // What was opened before the failure, such as the state's worker, would keep the process alive.
    process.exit(1);
  }
}

interface DataDirOption {
  readonly dataDir: string;
}

function program(): Command {
  const gantry = new Command('gantry')
    .description('Amazon ECS for your own machines.')
    .showHelpAfterError()
    .enablePositionalOptions();
  const command = (name: string, description: string, dataDir = defaultDataDir()): Command =>
    gantry.command(name).description(description).option('--data-dir <path>', 'where state is kept', dataDir);

  addUpCommand(command);

  command('down', 'stop the control plane and the agent; containers run on')
    .option('--containers', 'stop and remove the containers too')
    .action((options: DataDirOption & { containers?: boolean }) =>
      down(options.dataDir, options.containers ?? false),
    );

  command('status', 'say what runs').action((options: DataDirOption) => status(options.dataDir));

  command('env', 'print export lines for the AWS CLI and SDKs').action((options: DataDirOption) =>
    printEnv(options.dataDir),
  );

  command('instance-env <cluster>', 'print the environment for an Amazon ECS agent that is to join a cluster')
    .option('--endpoint <url>', 'how that host reaches the control plane')
    .action((cluster: string, options: InstanceEnvOptions) => printInstanceEnv(cluster, options));

  addTaskCommands(command);
  addEventCommands(command);

  command('reset', 'stop everything and delete all state').action((options: DataDirOption) =>
    reset(options.dataDir),
  );

  addHostOptions(command('agent', 'run this machine as a host', defaultAgentDir()))
    .requiredOption('--endpoint <url>', 'the control plane')
    .option('--cluster <name>', 'the cluster to join', 'default')
    .option('--pool <name>', 'join the pool that serves FARGATE tasks instead of a cluster')
    .option('--key-file <path>', 'a JSON file with accessKeyId and secretAccessKey; else the AWS_* variables')
    .option('--region <name>', 'region of the control plane', DEFAULT_REGION)
    .option('--runtime <docker|simulated>', 'simulated runs no container', 'docker')
    .option(
      '--pace <duration>',
      'how long each step of a simulated task lasts, e.g. 500ms; at once by default',
    )
    .option('--engine <socket>', 'path of the container engine socket')
    .option('--capacity-provider <name>', 'join this capacity provider of the cluster')
    .option('--external', 'register as an EXTERNAL instance, as ECS Anywhere does')
    .option('--cpu <units>', 'CPU units to offer; 1024 is one core')
    .option('--memory <mib>', 'MiB to offer')
    .option('--gpus <list>', 'none, or GPUs to offer as id=device,…; those of NVIDIA are found by themselves')
    .option('--efs-directory <path>', 'a folder that holds EFS file systems, one folder for each id')
    .option('--efs-nfs <server>', 'an NFS server and path that hold EFS file systems, e.g. nfs.example:/efs')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .action((options: AgentCommand) => runAgent(options));
  return gantry;
}

type AddCommand = (name: string, description: string) => Command;

/** The command that starts an installation. */
function addUpCommand(command: AddCommand): void {
  addHostOptions(
    command('up', 'start the control plane and, on this machine, the agent that runs FARGATE tasks'),
  )
    .option('--detach', 'return when the API answers, and go on in the background')
    .option('--sample', 'run a sample web service the first time, and say how to reach everything')
    .option('--no-agent', 'start no agent: hosts join by `gantry agent`')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port for the API, the registry and the agents', String(DEFAULT_PORT))
    .option('--region <name>', 'region of every ARN; fixed at the first start', DEFAULT_REGION)
    .option('--account <digits>', 'account of every ARN; fixed at the first start', DEFAULT_ACCOUNT_ID)
    .option('--auth <on|off>', 'off accepts any credentials, on a loopback address only', 'on')
    .option('--runtime <docker|simulated>', 'simulated runs no container', 'docker')
    .option(
      '--pace <duration>',
      'how long each step of a simulated task lasts, e.g. 500ms; at once by default',
    )
    .option('--efs-directory <path>', 'a folder that holds EFS file systems, one folder for each id')
    .option('--allow-reset', 'let POST /_gantry/reset clear all state')
    .option(
      '--healthy-after <seconds>',
      'how long a task without health check runs before it counts as healthy: 40, or 0 when simulated',
    )
    .addOption(
      new Option('--event-webhook <url>', 'where to POST every event, in order').env('GANTRY_EVENT_WEBHOOK'),
    )
    .option(
      '--exec-stream-url <url>',
      'where the Session Manager plugin connects to, e.g. wss://exec.example.com; our own address by default',
    )
    .option('--exec-resume <duration>', 'how long a client of ECS Exec may be gone: 30s')
    .option('--oidc-keys <file>', 'keys of OIDC issuers: a JSON object of issuer URLs with their JWKS')
    .option('--tls-port <number>', 'serve the same over TLS on this port too')
    .option('--tls-host <address>', 'address to listen on for TLS; that of --host by default')
    .option('--tls-name <name...>', 'further names and addresses in the certificate that Gantry makes')
    .option('--tls-cert <file>', 'a certificate of your own instead, PEM')
    .option('--tls-key <file>', 'and its private key, PEM')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .action((options: UpOptions & RawSettings) => up(options));
}

/** The commands about tasks and services. */
function addTaskCommands(command: (name: string, description: string) => Command): void {
  command(
    'why <subject>',
    'say why a task, a service or a daemon (by its ARN) is where it is, or what became of a task of family:revision',
  )
    .option('--cluster <name>', 'its cluster; an ARN names it already')
    .action((subject: string, options: DataDirOption & { cluster?: string }) => printWhy(subject, options));

  command('top', 'print what containers use')
    .option('--cluster <name>', 'only those of a cluster; with --since, default when none is named')
    .option('--service <name>', 'only those of a service')
    .option('--since <when>', 'what they used since then: a duration such as 90s, 2h or 7d, or a time')
    .option('--follow', 'go on printing')
    .action((options: TopOptions) => printTop(options));

  command(
    'exec <task> [command...]',
    'run a command in a container of a task, on this terminal; sh by default',
  )
    .option('--cluster <name>', "the task's cluster; an ARN names it already")
    .option('--container <name>', 'needed for tasks of several containers')
    .passThroughOptions()
    .action((task: string, words: string[], options: ExecOptions) => execCommand(task, words, options));
}

/** The commands that tell what happened. */
function addEventCommands(command: AddCommand): void {
  command('events', 'print what happened to tasks, services and instances')
    .option('--follow', 'go on printing what happens')
    .option('--since <when>', 'a duration such as 90s, 2h or 7d, or a time; 1h by default')
    .option('--resource <name>', 'only what concerns a task, a service or an instance: its ARN, id or name')
    .option('--detail-type <type>', 'e.g. "ECS Task State Change"')
    .option('--json', 'one event per line, as EventBridge has it')
    .action((options: EventsOptions) => printEvents(options));

  command('history', 'print why tasks stopped, and how their containers ended, for 30 days')
    .argument('[task|service]', 'an ARN, id or name; all tasks by default')
    .option('--json', 'one event per line, as EventBridge has it')
    .action((reference: string | undefined, options: DataDirOption & { json?: boolean }) =>
      printHistory(reference, options),
    );
}
