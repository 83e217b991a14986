import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../lib/clock.ts';
import { instant, plusMs } from '../../lib/clock.ts';
import { WaitingForRoom } from './waiting-for-room.ts';

const SEARCH = { deploymentId: 'one', placementConstraints: [], placementStrategy: [] };
const VAIN = [SEARCH];

describe('WaitingForRoom', () => {
  test('[SVC-22] room is offered to the first that waits, and to the next when that one wants no more', () => {
    const { waiting, woken } = aRoom(['a', 'b', 'c']);
    waiting.roomCame();
    expect(woken).toEqual(['a']);
    waiting.looked('a', waiting.room, { isWaiting: false, hasStarted: true, vain: VAIN });
    expect(woken).toEqual(['a', 'b']);
    waiting.looked('b', waiting.room, { isWaiting: true, hasStarted: true, vain: VAIN });
    expect(woken).toEqual(['a', 'b']);
  });

  test('[SVC-22] one that can use nothing of the room does not keep it from the others', () => {
    const { waiting, woken } = aRoom(['a', 'b', 'c']);
    waiting.roomCame();
    waiting.looked('a', waiting.room, { isWaiting: true, hasStarted: false, vain: VAIN });
    waiting.looked('b', waiting.room, { isWaiting: true, hasStarted: false, vain: VAIN });
    expect(woken).toEqual(['a', 'b', 'c']);
  });

  test('[SVC-22] what was searched for in vain is not searched for again before room came or the retry is due', () => {
    const { waiting, advance } = aRoom(['a']);
    expect(waiting.mayFind('a', SEARCH)).toBe(false);
    expect(waiting.mayFind('b', SEARCH)).toBe(true);
    expect(waiting.mayFind('a', { ...SEARCH, deploymentId: 'two' })).toBe(true);
    expect(waiting.mayFind('a', { ...SEARCH, placementConstraints: [{ type: 'distinctInstance' }] })).toBe(
      true,
    );
    // A look that did not search leaves it waiting as it was.
    advance(4_999);
    waiting.looked('a', waiting.room, { isWaiting: true, hasStarted: false, vain: [] });
    expect(waiting.mayFind('a', SEARCH)).toBe(false);
    advance(1);
    expect(waiting.mayFind('a', SEARCH)).toBe(true);
    waiting.looked('a', waiting.room, { isWaiting: true, hasStarted: false, vain: VAIN });
    expect(waiting.mayFind('a', SEARCH)).toBe(false);
    waiting.roomCame();
    expect(waiting.mayFind('a', SEARCH)).toBe(true);
  });

  test('[SVC-22] a retry that searched for nothing is due again later, not at once', () => {
    const { waiting, advance } = aRoom(['a']);
    const first = waiting.looked('a', waiting.room, { isWaiting: true, hasStarted: false, vain: VAIN }) ?? 0;
    const untried = { isWaiting: true, hasStarted: false, vain: [] };
    advance(4_999);
    expect(waiting.looked('a', waiting.room, untried)).toBe(first);
    advance(1);
    expect(waiting.looked('a', waiting.room, untried)).toBe(first + 5_000);
  });

  test('[SVC-22] room that nobody can use is in the end offered to everybody who waits', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant('room' as const), fc.nat(150), fc.tuple(name, fc.boolean())), {
          maxLength: 40,
        }),
        (steps) => {
          const { waiting, woken, advance } = aRoom(['a', 'b', 'c', 'd']);
          const offered = new Map<string, number>();
          const wants = new Map([...'abcd'].map((each) => [each, true]));
          const look = (each: string): void => {
            const { room } = waiting;
            offered.set(each, room);
            waiting.looked(each, room, {
              isWaiting: wants.get(each) === true,
              hasStarted: false,
              vain: VAIN,
            });
          };
          const lookAll = (): void => {
            for (let each = woken.shift(); each !== undefined; each = woken.shift()) look(each);
          };
          for (const step of steps) {
            if (step === 'room') waiting.roomCame();
            else if (typeof step === 'number') advance(step);
            else {
              wants.set(step[0], step[1]);
              look(step[0]);
            }
            lookAll();
          }
          advance(1_000);
          lookAll();
          const left = [...'abcd'].filter(
            (each) => wants.get(each) === true && (offered.get(each) ?? 0) < waiting.room,
          );
          expect(left).toEqual([]);
        },
      ),
    );
  });
});

function aRoom(names: readonly string[]) {
  let now = instant(0);
  let timers: { readonly at: number; readonly callback: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    schedule(at, callback) {
      const timer = { at, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
  };
  const advance = (ms: number): void => {
    now = plusMs(now, ms);
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { callback } of due) callback();
  };
  const woken: string[] = [];
  const waiting = new WaitingForRoom(clock, (each) => void woken.push(each));
  for (const each of names)
    waiting.looked(each, waiting.room, { isWaiting: true, hasStarted: false, vain: VAIN });
  return { waiting, woken, advance };
}
