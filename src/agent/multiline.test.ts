import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOG_BATCH_LIMITS } from './log-batch.ts';
import { groupLines } from './multiline.ts';

const line = (message: string, timestampMs = 1) => ({ timestampMs, message });

describe('groupLines', () => {
  test('[LOG-20] a matching line begins an event; the others belong to the one before', () => {
    const lines = [line('tail', 1), line('E one', 2), line(' at a', 3), line('E two', 4)];
    expect(groupLines(/^E/, undefined, lines)).toEqual({
      events: [line('tail\n', 1), line('E one\n at a\n', 2)],
      held: line('E two\n', 4),
    });
  });

  test('[LOG-20] wherever the lines are cut into reads, the events are the same', () => {
    const messages = fc.array(fc.constantFrom('E', ' a', ' b', ''), { maxLength: 30 });
    fc.assert(
      fc.property(messages, fc.nat(30), (all, at) => {
        const lines = all.map((message, index) => line(message, index));
        const whole = groupLines(/^E/, undefined, lines);
        const first = groupLines(/^E/, undefined, lines.slice(0, at));
        const second = groupLines(/^E/, first.held, lines.slice(at));
        expect([...first.events, ...second.events]).toEqual(whole.events);
        expect(second.held).toEqual(whole.held);
      }),
    );
  });

  test('[LOG-20] an event is never longer than the service takes, and nothing is lost', () => {
    const half = 'x'.repeat(LOG_BATCH_LIMITS.eventMaxBytes / 2);
    const exact = groupLines(/^E/, undefined, [line(half.slice(1)), line(half.slice(1))]);
    expect(exact.events).toEqual([]);
    const { events, held } = groupLines(/^E/, undefined, [line(half), line(half)]);
    expect(events).toEqual([line(`${half}\n`)]);
    expect(held).toEqual(line(`${half}\n`));
  });

  test('without a pattern every line is an event', () => {
    const lines = [line('a'), line('b')];
    expect(groupLines(undefined, undefined, lines)).toEqual({ events: lines, held: undefined });
  });
});
