import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { DEFAULT_ENGINE_SETTINGS } from '../agent/engine-deps.ts';
import {
  addHostOptions,
  hostArguments,
  type RawHostOptions,
  readHostOptions,
  readIntrospectionPort,
} from './host-options.ts';
import { UsageError } from './usage-error.ts';

const parsed = (args: readonly string[]): RawHostOptions =>
  addHostOptions(new Command())
    .parse([...args], { from: 'user' })
    .opts();

const ALL = [
  ...['--image-pull', 'once', '--stop-timeout', '5s', '--task-cleanup-wait', '1s'],
  ...['--disable-image-cleanup', 'true', '--image-cleanup-interval', '10m', '--image-cleanup-age', '90s'],
  ...['--image-cleanup-count', '3', '--disk-full', '80'],
  ...['--introspection-port', 'off'],
];

describe('options of a host', () => {
  test('[PRG-15] nothing said is the default', () => {
    expect(readHostOptions({})).toEqual(DEFAULT_ENGINE_SETTINGS);
  });

  test('[LIF-6] a container has 30 seconds to end when neither its definition nor the operator says', () => {
    expect(readHostOptions({}).stopTimeoutSeconds).toBe(30);
  });

  test('[PRG-15] each is read, and reaches the agent that is started beside the control plane', () => {
    const raw = parsed(ALL);
    expect(readHostOptions(raw)).toEqual({
      stopTimeoutSeconds: 5,
      cleanupWaitMs: 1_000,
      pullBehavior: 'once',
      imageCleanup: {
        isOn: false,
        intervalMs: 600_000,
        minimumAgeMs: 90_000,
        countPerCycle: 3,
        diskFullPercent: 80,
      },
    });
    expect(hostArguments(raw)).toEqual(ALL);
    expect(readHostOptions(parsed(hostArguments(raw)))).toEqual(readHostOptions(raw));
  });

  test('[INT-3] the introspection port is that of the ECS agent, off where no container runs', () => {
    expect(readIntrospectionPort({}, 'docker')).toBe(51_678);
    expect(readIntrospectionPort({}, 'simulated')).toBeUndefined();
    expect(readIntrospectionPort({ introspectionPort: 'off' }, 'docker')).toBeUndefined();
    expect(readIntrospectionPort({ introspectionPort: '51999' }, 'simulated')).toBe(51_999);
    expect(() => readIntrospectionPort({ introspectionPort: '0' }, 'docker')).toThrow(UsageError);
  });

  test.each<[RawHostOptions, string]>([
    [{ imagePull: 'never' }, '--image-pull takes default or always or once or prefer-cached'],
    [{ taskCleanupWait: '999ms' }, '--task-cleanup-wait takes a duration of at least 1s'],
    [{ stopTimeout: '30' }, '--stop-timeout takes a duration'],
    [{ imageCleanupCount: '0' }, '--image-cleanup-count takes a whole number from 1 to 1000'],
    [{ diskFull: '101' }, '--disk-full takes a whole number from 1 to 100'],
    [{ disableImageCleanup: 'yes' }, '--disable-image-cleanup takes true or false'],
  ])('[PRG-15] refuses %j and says what to write', (raw, text) => {
    expect(() => readHostOptions(raw)).toThrow(UsageError);
    expect(() => readHostOptions(raw)).toThrow(text);
  });
});
