import { readDurationMs } from '../../lib/duration.ts';
import type { SimulatedBehaviour, SimulatedHealth } from './behaviour.ts';

/** What a container definition says about itself. */
export interface ContainerWords {
  readonly labels: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** A script as read: what the container does, or the sentence that says which word cannot be read. */
export type ReadScript =
  | { readonly kind: 'behaviour'; readonly behaviour: SimulatedBehaviour }
  | { readonly kind: 'unreadable'; readonly message: string };

/** Docker labels of this prefix script a container, e.g. `gantry.simulate.exit-code`. */
const LABEL_PREFIX = 'gantry.simulate.';
/** Environment variables of this prefix do the same, e.g. `GANTRY_SIMULATE_EXIT_CODE`. */
const VARIABLE_PREFIX = 'GANTRY_SIMULATE_';

const LOG_LINES_MAX_COUNT = 10_000;

interface Word {
  /** Undefined when the value cannot be read. */
  readonly read: (value: string) => SimulatedBehaviour | undefined;
  readonly wants: string;
}

const duration = (member: 'pullMs' | 'startMs' | 'endsAfterMs'): Word => ({
  read: (value) => {
    const ms = readDurationMs(value);
    return ms === undefined ? undefined : { [member]: ms };
  },
  wants: 'a duration such as 500ms, 2s or 1m',
});

const sentence = (member: 'pullRefusal' | 'createRefusal' | 'startRefusal'): Word => ({
  read: (value) => (value === '' ? undefined : { [member]: value }),
  wants: 'the text of the error',
});

const flag = (behaviour: SimulatedBehaviour): Word => ({
  read: (value) => (value === 'true' ? behaviour : value === 'false' ? {} : undefined),
  wants: 'true or false',
});

/** Every word of a script; docs/testing.md describes them. (TST-1) */
const WORDS: Readonly<Record<string, Word>> = {
  'pull-for': duration('pullMs'),
  'pull-error': sentence('pullRefusal'),
  'create-error': sentence('createRefusal'),
  'start-for': duration('startMs'),
  'start-error': sentence('startRefusal'),
  'run-for': duration('endsAfterMs'),
  'exit-code': {
    read: (value) =>
      /^\d{1,3}$/.test(value) && Number(value) <= 255 ? { exitCode: Number(value) } : undefined,
    wants: 'a number from 0 to 255',
  },
  'out-of-memory': flag({ isOutOfMemory: true, exitCode: 137 }),
  'ignore-stop': flag({ isDeafToStop: true }),
  health: { read: readHealth, wants: 'healthy, unhealthy, or changes such as healthy@0,unhealthy@5s' },
  log: { read: (value) => ({ logLines: value.split('\n').slice(0, LOG_LINES_MAX_COUNT) }), wants: 'text' },
};

/**
 * Reads how a container is scripted (TST-1). Variables win over labels, since a RunTask can override them for one run.
 * A container that is given an exit code and no time to live ends at once.
 */
export function readScript({ labels, environment }: ContainerWords): ReadScript {
  let behaviour: SimulatedBehaviour = {};
  for (const { name, key, value } of [...ofLabels(labels), ...ofVariables(environment)]) {
    const word = WORDS[key];
    if (word === undefined) {
      const known = Object.keys(WORDS).join(', ');
      return {
        kind: 'unreadable',
        message: `${name} is none of the words of a simulated container: ${known}`,
      };
    }
    const read = word.read(value);
    if (read === undefined) {
      return { kind: 'unreadable', message: `${name} takes ${word.wants}, not "${value}"` };
    }
    behaviour = { ...behaviour, ...read };
  }
  const endsAtOnce = behaviour.exitCode !== undefined && behaviour.endsAfterMs === undefined;
  return { kind: 'behaviour', behaviour: endsAtOnce ? { ...behaviour, endsAfterMs: 0 } : behaviour };
}

interface Given {
  /** As the definition spells it. */
  readonly name: string;
  readonly key: string;
  readonly value: string;
}

const ofLabels = (labels: Readonly<Record<string, string>>): readonly Given[] =>
  Object.entries(labels)
    .filter(([name]) => name.startsWith(LABEL_PREFIX))
    .map(([name, value]) => ({ name, key: name.slice(LABEL_PREFIX.length), value }));

const ofVariables = (environment: Readonly<Record<string, string>>): readonly Given[] =>
  Object.entries(environment)
    .filter(([name]) => name.startsWith(VARIABLE_PREFIX))
    .map(([name, value]) => ({
      name,
      key: name.slice(VARIABLE_PREFIX.length).toLowerCase().replaceAll('_', '-'),
      value,
    }));

function readHealth(value: string): SimulatedBehaviour | undefined {
  const changes = value.split(',').map(readChange);
  const read = changes.filter((change) => change !== undefined);
  return read.length === changes.length ? { health: read } : undefined;
}

function readChange(text: string): SimulatedHealth | undefined {
  const [health = '', at = '0'] = text.trim().split('@');
  const afterMs = readDurationMs(at);
  if (afterMs === undefined || (health !== 'healthy' && health !== 'unhealthy')) return undefined;
  return { afterMs, health };
}
