import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { SigningCredentials } from '../../link/sigv4-sign.ts';
import type { RequestTarget } from '../signed-request.ts';
import { version } from '../version.ts';
import type { ChannelAddress } from './data-channel-client.ts';
import { runSession } from './run-session.ts';

/** The words that AWS's plugin says without arguments; the AWS CLI looks whether it can be run at all. */
const INSTALLED =
  '\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n';

/**
 * A `session-manager-plugin` for the AWS CLI: connects to whatever URL the session has, and waits for all output when
 * its input ends. As with AWS's own its exit status says nothing of the command. (EXE-61)
 */
export async function plugin(args: readonly string[]): Promise<void> {
  const [response, region = '', operation, profile = '', , endpointUrl = ''] = args;
  if (response === undefined) return say(INSTALLED);
  if (response === '--version') return say(`${version()}\n`);
  if (operation !== 'StartSession') return say('Invalid Operation\n');
  const address = readAddress(response.startsWith('AWS_SSM_') ? (process.env[response] ?? '') : response);
  if (address === undefined) {
    process.stderr.write('session-manager-plugin: the session has no id, stream URL or token.\n');
    process.exit(1);
  }
  const credentials = readCredentials(profile);
  const target: RequestTarget | undefined =
    credentials === undefined || endpointUrl === '' ? undefined : { endpointUrl, region, credentials };
  say(`\nStarting session with SessionId: ${address.sessionId}\n`);
  try {
    const end = await runSession({ address, target });
    if (end === undefined) say(`Session: ${address.sessionId} timed out.\n`);
    else if (end.output !== '') say(`\n\nSessionId: ${address.sessionId} : ${end.output}\n\n`);
    else say(`\n\nExiting session with sessionId: ${address.sessionId}.\n\n`);
  } catch (error) {
    say(`\nCannot perform start session: ${error instanceof Error ? error.message : String(error)}\n`);
  }
  process.exit(0);
}

const say = (text: string): void => {
  process.stdout.write(text);
};

/** ECS and SSM spell the members differently. */
function readAddress(text: string): ChannelAddress | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const members = new Map(Object.entries(value ?? {}).map(([name, member]) => [name.toLowerCase(), member]));
  const [sessionId, streamUrl, tokenValue] = ['sessionid', 'streamurl', 'tokenvalue'].map((name) =>
    members.get(name),
  );
  if (typeof sessionId !== 'string' || typeof streamUrl !== 'string' || typeof tokenValue !== 'string')
    return undefined;
  return { sessionId, streamUrl, tokenValue };
}

/** From the environment, or the named profile of the shared file; what else the AWS CLI knows is not asked. */
function readCredentials(profile: string): SigningCredentials | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (profile === '' && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
    return {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      sessionToken: AWS_SESSION_TOKEN || undefined,
    };
  }
  const file = process.env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(homedir(), '.aws', 'credentials');
  const wanted = profile || process.env['AWS_PROFILE'] || 'default';
  return readProfile(file, wanted);
}

function readProfile(file: string, profile: string): SigningCredentials | undefined {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const values = new Map<string, string>();
  let isWanted = false;
  for (const line of text.split('\n')) {
    const section = /^\s*\[([^\]]+)\]/.exec(line)?.[1];
    if (section !== undefined) isWanted = section.trim() === profile;
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isWanted && name !== undefined && value !== undefined) values.set(name, value);
  }
  const accessKeyId = values.get('aws_access_key_id');
  const secretAccessKey = values.get('aws_secret_access_key');
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: values.get('aws_session_token') };
}
