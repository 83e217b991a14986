import { describe, expect, test } from 'vitest';
import type { PayloadEntry } from '../link/acs-messages.ts';
import { checkedTask } from './payload-check.ts';

const entry = (task: object): PayloadEntry =>
  ({ arn: 't', desiredStatus: 'RUNNING', ...task }) as PayloadEntry;

describe('checkedTask', () => {
  test('[AGT-4] what was left out is filled in; essential is false then', () => {
    const checked = checkedTask(entry({ containers: [{ name: 'a', image: 'i', command: null }] }));
    expect(checked).toMatchObject({
      kind: 'task',
      task: { networkMode: 'bridge', containers: [{ name: 'a', essential: false, environment: {} }] },
    });
  });

  test('[AGT-4] an override of the command counts, whether text or object', () => {
    for (const overrides of ['{"command":["x"]}', { command: ['x'] }]) {
      const checked = checkedTask(entry({ containers: [{ name: 'a', image: 'i', overrides }] }));
      expect(checked).toMatchObject({ task: { containers: [{ command: ['x'] }] } });
    }
  });

  test.each([
    { name: 'another override', containers: [{ name: 'a', image: 'i', overrides: '{"memory":1}' }] },
    { name: 'no containers', containers: [] },
    { name: 'a container without an image', containers: [{ name: 'a' }] },
  ])('[AGT-4] $name makes the task invalid', ({ containers }) => {
    const checked = checkedTask(entry({ containers }));
    expect(checked.kind === 'invalid' && checked.reason.startsWith('UnrecogniedTaskError: ')).toBe(true);
  });
});
