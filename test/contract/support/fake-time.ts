import { existsSync, writeFileSync } from 'node:fs';

const LIBRARIES = ['x86_64', 'aarch64'].map(
  (machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`,
);
const library = LIBRARIES.find((path) => existsSync(path));

/** Why processes cannot be given another time here; undefined when they can. */
export const whyNoFakeTime = library === undefined ? 'needs libfaketime (Debian: faketime)' : undefined;

/** The variables of a process whose clock is off by so many seconds. What it measures with counters stays right. */
export const offBy = (seconds: number): Readonly<Record<string, string>> => ({
  LD_PRELOAD: library ?? '',
  FAKETIME: `${seconds < 0 ? '' : '+'}${seconds}s`,
  DONT_FAKE_MONOTONIC: '1',
});

/** The same for a process whose clock is set while it runs: by what the file says. */
export function settableClock(file: string): {
  readonly env: Readonly<Record<string, string>>;
  set(seconds: number): void;
} {
  const set = (seconds: number): void => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}s\n`);
  set(0);
  const env = {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
  return { env, set };
}
