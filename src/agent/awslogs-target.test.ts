import { describe, expect, test } from 'vitest';
import { awslogsTarget, streamName } from './awslogs-target.ts';

const target = (options: Readonly<Record<string, string>>) => awslogsTarget(options, 'eu-west-1');

describe('awslogsTarget', () => {
  test.each([
    [{ mode: 'non-blocking' }, 10 * 1024 * 1024],
    [{ mode: 'non-blocking', 'max-buffer-size': '4m' }, 4 * 1024 * 1024],
    [{ mode: 'non-blocking', 'max-buffer-size': '64kb' }, 64 * 1024],
    [{ mode: 'non-blocking', 'max-buffer-size': '500' }, 500],
    [{ mode: 'blocking', 'max-buffer-size': '4m' }, undefined],
    [{}, undefined],
  ])('[LOG-22] %o lets %s bytes wait', (options, bytes) => {
    expect(target(options as Readonly<Record<string, string>>).bufferMaxBytes).toBe(bytes);
  });

  test('[LOG-20] [LOG-23] the other options, and what stands where they are missing', () => {
    expect(target({})).toMatchObject({ region: 'eu-west-1', flushIntervalMs: 5_000, batchMaxCount: 10_000 });
    expect(
      target({
        'awslogs-region': 'us-east-2',
        'awslogs-endpoint': 'http://logs',
        'awslogs-create-group': 'TRUE',
        'awslogs-multiline-pattern': '^E',
        'awslogs-force-flush-interval-seconds': '2',
        'awslogs-max-buffered-events': '50',
        'awslogs-format': 'json/emf',
      }),
    ).toMatchObject({
      region: 'us-east-2',
      endpointUrl: 'http://logs',
      mayCreateGroup: true,
      multiline: /^E/,
      flushIntervalMs: 2_000,
      batchMaxCount: 50,
      format: 'json/emf',
    });
  });

  const container = { runtimeId: '0123456789abcdef', engineName: 'ecs-web-1', image: 'web:1' };

  test.each([
    [{ 'awslogs-stream': 's', tag: '{{.Name}}' }, 's'],
    [{ tag: 'x/{{.Name}}/{{ .ImageName }}' }, 'x/ecs-web-1/web:1'],
    [{ tag: '{{.ID}}-{{.DaemonName}}' }, '0123456789ab-docker'],
    [{ tag: '{{.FullID}}' }, '0123456789abcdef'],
    [{}, '0123456789abcdef'],
  ])('[LOG-21] %o names the stream %s', (options, name) => {
    expect(streamName(target(options as Readonly<Record<string, string>>), container)).toBe(name);
  });
});
