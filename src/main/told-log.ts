import type { Log, LogFields } from '../lib/log.ts';

/** What a person who starts an agent waits for, in a sentence. */
const SENTENCES: Readonly<Record<string, (fields: LogFields) => string>> = {
  'agent.registered': ({ containerInstanceArn }) => `this host serves as ${containerInstanceArn}`,
  'agent.introspection-port-taken': ({ wishedPort, url }) =>
    `port ${wishedPort} is taken, so this agent tells what it runs at ${url}`,
  'agent.not-registered': ({ error }) => `not registered yet, trying again (${error})`,
};

/** A log that also says the registration's progress, each sentence once in a row. */
export function toldLog(log: Log, say: (sentence: string) => void): Log {
  let last: string | undefined;
  return {
    ...log,
    info: (event, fields = {}) => {
      log.info(event, fields);
      const sentence = SENTENCES[event]?.(fields);
      if (sentence !== undefined && sentence !== last) say(sentence);
      last = sentence ?? last;
    },
  };
}
