import { expect, test } from 'vitest';
import { type Death, type KillLab, type NetworkMode, oneLife, type Step } from '../support/task-life.ts';

/** With it the agent is killed at every call of a task's life: that takes ten minutes. Else where it makes a difference. */
const isWhole = process.env['GANTRY_SOAK'] !== undefined;
/** Of all deaths only those whose description has this. */
const only = new RegExp(process.env['GANTRY_SOAK_ONLY'] ?? '');

/** Where something is made or taken away, and dying at one side or the other leaves different things behind. */
const CHOSEN: Readonly<Record<NetworkMode, readonly string[]>> = {
  awsvpc: [
    'after engine POST start pause 1',
    'late engine POST create main 1',
    'after engine POST start main 1',
    'before tool ip -force -batch 3',
    'after engine DELETE main 1',
  ],
  bridge: ['before engine POST create side 1'],
};

const describeDeath = ({ moment, step: { of, name, turn } }: Death): string =>
  `${moment} ${of} ${name} ${turn}`;

/** What can happen at a step; only what changes something can also arrive when it is too late. */
function deathsAt(step: Step): readonly Death[] {
  const isLate = step.of === 'engine' && /^(POST|DELETE)/.test(step.name);
  const moments = ['before', 'after', ...(isLate ? ['late'] : [])] as Death['moment'][];
  return moments.map((moment) => ({ step, moment }));
}

/** The agent dies; the lab is given when the tests run. */
export function agentDeaths(given: () => KillLab): void {
  test.each(['awsvpc', 'bridge'] as const)(
    '[HARD-1] [HARD-2] a task in %s mode runs once, ends as it was asked to and leaves nothing, wherever its agent dies',
    { timeout: 3_600_000 },
    async (mode) => {
      const { steps } = await oneLife(given(), mode);
      const possible = steps.flatMap(deathsAt);
      const chosen = CHOSEN[mode].map((text) => {
        const found = possible.find((death) => describeDeath(death).startsWith(text));
        if (found === undefined) throw new Error(`not on the way: ${text}\n${possible.map(describeDeath)}`);
        return found;
      });
      const deaths = isWhole ? possible.filter((death) => only.test(describeDeath(death))) : chosen;
      const failures: string[] = [];
      for (const death of deaths) {
        await oneLife(given(), mode, death).catch((error: unknown) => {
          failures.push(`${describeDeath(death)}: ${String(error)}`);
        });
        if (isWhole)
          process.stdout.write(`${mode} ${describeDeath(death)}: ${failures.length} failures so far\n`);
      }
      expect(failures).toEqual([]);
    },
  );
}
