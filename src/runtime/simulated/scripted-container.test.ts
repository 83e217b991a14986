import { describe, expect, test } from 'vitest';
import { readScript } from './scripted-container.ts';

const ofLabels = (labels: Record<string, string>) => readScript({ labels, environment: {} });

describe('readScript', () => {
  test('[TST-1] labels say how long a container lives, how it ends, and what its check finds', () => {
    const script = ofLabels({
      'com.example': 'x',
      'gantry.simulate.run-for': '2s',
      'gantry.simulate.exit-code': '3',
      'gantry.simulate.health': 'healthy,unhealthy@5s',
      'gantry.simulate.pull-for': '100ms',
    });
    expect(script).toEqual({
      kind: 'behaviour',
      behaviour: {
        endsAfterMs: 2000,
        exitCode: 3,
        pullMs: 100,
        health: [
          { afterMs: 0, health: 'healthy' },
          { afterMs: 5000, health: 'unhealthy' },
        ],
      },
    });
  });

  test('[TST-1] variables do the same, and win', () => {
    const script = readScript({
      labels: { 'gantry.simulate.exit-code': '3' },
      environment: { GANTRY_SIMULATE_EXIT_CODE: '4', GANTRY_SIMULATE_OUT_OF_MEMORY: 'false', PATH: '/' },
    });
    expect(script).toEqual({ kind: 'behaviour', behaviour: { exitCode: 4, endsAfterMs: 0 } });
  });

  test('[TST-1] an exit code alone means at once; nothing at all means until stopped', () => {
    expect(ofLabels({ 'gantry.simulate.exit-code': '0' })).toEqual({
      kind: 'behaviour',
      behaviour: { exitCode: 0, endsAfterMs: 0 },
    });
    expect(ofLabels({})).toEqual({ kind: 'behaviour', behaviour: {} });
  });

  test.each([
    ['exit-code', '256', 'gantry.simulate.exit-code takes a number from 0 to 255, not "256"'],
    ['run-for', '5', 'gantry.simulate.run-for takes a duration such as 500ms, 2s or 1m, not "5"'],
    ['health', 'fine', 'not "fine"'],
    ['pull-error', '', 'takes the text of the error'],
    ['ignore-stop', 'yes', 'takes true or false, not "yes"'],
    ['exit', '1', 'gantry.simulate.exit is none of the words of a simulated container: pull-for'],
  ])('[TST-1] %s of %j is refused with a sentence', (word, value, message) => {
    expect(ofLabels({ [`gantry.simulate.${word}`]: value })).toMatchObject({
      kind: 'unreadable',
      message: expect.stringContaining(message),
    });
  });
});
