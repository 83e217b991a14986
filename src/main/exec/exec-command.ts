import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import { clientEnvironment } from '../env.ts';
import { CallRefused, type RequestTarget, signedCall } from '../signed-request.ts';
import { UsageError } from '../usage-error.ts';
import { runSession } from './run-session.ts';

/** The options of `gantry exec`. */
export interface ExecOptions {
  readonly dataDir: string;
  readonly cluster?: string | undefined;
  readonly container?: string | undefined;
}

type Shapes = EcsOperations['ExecuteCommand'];

/** Runs a command in a container on this terminal; a shell when none is given. Ends with the command's exit code. (EXE-60) */
export async function execCommand(
  task: string,
  given: readonly string[],
  before: ExecOptions,
): Promise<void> {
  const { words, options } = withLaterOptions(given, before);
  const { endpointUrl, region, key: credentials } = clientEnvironment(options.dataDir);
  const target: RequestTarget = { endpointUrl, region, credentials };
  const input: Shapes['input'] = {
    cluster: options.cluster ?? clusterInArn(task),
    task,
    container: options.container,
    command: words.length === 0 ? 'sh' : words.map(quoted).join(' '),
    interactive: true,
  };
  const { session } = await signedCall<Shapes['output']>(target, {
    service: 'ecs',
    operation: 'ExecuteCommand',
    input,
  }).catch((error: unknown) => explain(error, endpointUrl));
  const { sessionId = '', streamUrl = '', tokenValue = '' } = session ?? {};
  const end = await runSession({ address: { sessionId, streamUrl, tokenValue }, target });
  if (end === undefined) throw new UsageError(`The session ${sessionId} was lost.`);
  if (end.output !== '') throw new UsageError(end.output);
  process.exit(end.exitCode ?? 0);
}

/** Options may stand before or after the task; what follows the first word that is none belongs to the command. */
export function withLaterOptions(
  given: readonly string[],
  before: ExecOptions,
): { readonly words: readonly string[]; readonly options: ExecOptions } {
  let options = before;
  let at = 0;
  for (; at < given.length; at += 1) {
    const [, name, sameWord] = /^--(container|cluster|data-dir)(?:=(.*))?$/.exec(given[at] ?? '') ?? [];
    if (name === undefined) break;
    if (sameWord === undefined) at += 1;
    const value = sameWord ?? given[at];
    if (value === undefined) throw new UsageError(`--${name} needs a value.`);
    options = { ...options, [name === 'data-dir' ? 'dataDir' : name]: value };
  }
  if (given[at] === '--') at += 1;
  return { words: given.slice(at), options };
}

function explain(error: unknown, endpointUrl: string): never {
  if (error instanceof CallRefused) throw new UsageError(error.message, { cause: error });
  throw new UsageError(`Nothing answers at ${endpointUrl}. Run: gantry up`, { cause: error });
}

/** The cluster in a task's ARN of the long form. */
function clusterInArn(task: string): string | undefined {
  const parts = task.startsWith('arn:') ? task.split('/') : [];
  return parts.length === 3 ? parts[1] : undefined;
}

/** The word as it is on the other side, where the line is split again. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
