import type { ContainerSpec } from '../driver.ts';

/** A change of health at a time after the container's start. */
export interface SimulatedHealth {
  readonly afterMs: number;
  readonly health: 'healthy' | 'unhealthy';
}

/** What a simulated container does. Absent members mean: no delay, no refusal, runs until it is stopped. */
export interface SimulatedBehaviour {
  /** The pull is refused with this text. */
  readonly pullRefusal?: string | undefined;
  readonly createRefusal?: string | undefined;
  readonly startRefusal?: string | undefined;
  /** How long the pull takes. */
  readonly pullMs?: number | undefined;
  /** How long the start takes. */
  readonly startMs?: number | undefined;
  /** The container ends by itself this long after its start. */
  readonly endsAfterMs?: number | undefined;
  /** The exit code of an end by itself; 0 by default. */
  readonly exitCode?: number | undefined;
  /** The end by itself is the kernel's, for memory: exit code 137 and the flag. */
  readonly isOutOfMemory?: boolean | undefined;
  /** The program ignores TERM, so a stop takes the whole grace time and ends with 137. */
  readonly isDeafToStop?: boolean | undefined;
  /** Changes of health, of use only to a container with a health check. Default: healthy at once. */
  readonly health?: readonly SimulatedHealth[] | undefined;
  /** Lines written at the start. */
  readonly logLines?: readonly string[] | undefined;
}

/** Chooses what the containers of an image do; undefined leaves it to the image's name. */
export type SimulatedScript = (image: string, spec?: ContainerSpec) => SimulatedBehaviour | undefined;

const WORDS: Readonly<Record<string, (amount: number) => SimulatedBehaviour>> = {
  exit: (code) => ({ exitCode: code, endsAfterMs: 0 }),
  after: (ms) => ({ endsAfterMs: ms }),
  pull: (ms) => ({ pullMs: ms }),
  start: (ms) => ({ startMs: ms }),
  healthy: (ms) => ({ health: [{ afterMs: ms, health: 'healthy' }] }),
  unhealthy: (ms) => ({ health: [{ afterMs: ms, health: 'unhealthy' }] }),
  log: (count) => ({
    logLines: Array.from({ length: Math.min(count, 10_000) }, (_, index) => `line ${index + 1}`),
  }),
};

const FLAGS: Readonly<Record<string, SimulatedBehaviour>> = {
  'refuse-pull': { pullRefusal: 'manifest unknown: the image is scripted to be refused' },
  'refuse-create': { createRefusal: 'the container is scripted to be refused' },
  'refuse-start': { startRefusal: 'exec: "scripted": executable file not found in $PATH: unknown' },
  oom: { isOutOfMemory: true, exitCode: 137, endsAfterMs: 0 },
  deaf: { isDeafToStop: true },
};

/**
 * Reads what an image's name asks for (RUN-2). Names whose last path part begins with `sim.` hold words divided by dots:
 * `any/sim.exit-3.after-500` ends with code 3 half a second after its start. All other names run until stopped.
 */
export function behaviourOfImage(image: string): SimulatedBehaviour {
  const name = image.slice(image.lastIndexOf('/') + 1).replace(/[:@].*$/, '');
  const [head, ...words] = name.split('.');
  if (head !== 'sim') return {};
  let behaviour: SimulatedBehaviour = {};
  for (const word of words) behaviour = { ...behaviour, ...behaviourOfWord(word, behaviour) };
  return behaviour;
}

function behaviourOfWord(word: string, before: SimulatedBehaviour): SimulatedBehaviour {
  const flag = FLAGS[word];
  if (flag !== undefined) return { ...flag, ...keepDelay(flag, before) };
  const [, verb = '', amount = ''] = /^([a-z]+)-([0-9]{1,9})$/.exec(word) ?? [];
  const made = WORDS[verb]?.(Number(amount)) ?? {};
  if (verb === 'healthy' || verb === 'unhealthy')
    return { health: [...(before.health ?? []), ...(made.health ?? [])] };
  return verb === 'exit' ? { ...made, ...keepDelay(made, before) } : made;
}

/** `after-500.exit-3` means the same as `exit-3.after-500`. */
function keepDelay(made: SimulatedBehaviour, before: SimulatedBehaviour): SimulatedBehaviour {
  if (made.endsAfterMs === undefined || before.endsAfterMs === undefined) return {};
  return { endsAfterMs: before.endsAfterMs };
}
