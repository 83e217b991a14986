import type { OwnKey } from '../agent/own-key.ts';
import type { Log } from '../lib/log.ts';
import type { SigningCredentials } from '../link/sigv4-sign.ts';
import { readJson } from './data-dir.ts';
import { UsageError } from './usage-error.ts';

/** Whom the holder of a key tells what becomes of it. */
export interface KeyListeners {
  readonly log: Log;
  readonly say: (sentence: string) => void;
}

/**
 * The agent's key from a file or from the environment; never from the arguments, which everybody on the machine can read.
 * When the control plane does not take it the file is read again, and what to do is said once. (HARD-45)
 */
export function ownKey(keyFile: string | undefined, { log, say }: KeyListeners): OwnKey {
  const read = (): SigningCredentials | undefined =>
    complete(keyFile === undefined ? keyFromEnvironment() : readJson<SigningCredentials>(keyFile));
  const first = read();
  if (first === undefined) {
    throw new UsageError(
      keyFile === undefined
        ? 'No key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file with --key-file.'
        : `${keyFile} holds no accessKeyId and secretAccessKey.`,
    );
  }
  let current = first;
  let toldKeyId: string | undefined;
  const whatToDo =
    keyFile === undefined
      ? 'Start it again with a key that is good in its environment.'
      : `Write one that is good to ${keyFile}: it is read again by itself.`;
  return {
    get accessKeyId() {
      return current.accessKeyId;
    },
    get secretAccessKey() {
      return current.secretAccessKey;
    },
    get sessionToken() {
      return current.sessionToken;
    },
    refused: (reason) => {
      const next = read();
      if (next !== undefined && isOther(next, current)) {
        current = next;
        log.info('agent.key-renewed');
        return true;
      }
      if (toldKeyId !== current.accessKeyId) {
        toldKeyId = current.accessKeyId;
        log.error('agent.key-refused', { reason, whatToDo });
        say(`the control plane does not take this agent's key (${reason}). Its tasks run on. ${whatToDo}`);
      }
      return false;
    },
  };
}

const isOther = (one: SigningCredentials, other: SigningCredentials): boolean =>
  one.accessKeyId !== other.accessKeyId ||
  one.secretAccessKey !== other.secretAccessKey ||
  one.sessionToken !== other.sessionToken;

const complete = (key: SigningCredentials | undefined): SigningCredentials | undefined =>
  typeof key?.accessKeyId === 'string' && typeof key.secretAccessKey === 'string' ? key : undefined;

function keyFromEnvironment(): SigningCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: process.env['AWS_SESSION_TOKEN'] };
}
