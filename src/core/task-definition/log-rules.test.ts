import { describe, expect, test } from 'vitest';
import type { LogConfiguration } from '../../shapes/generated/ecs.ts';
import { prepareTaskDefinition } from './prepare.ts';

const AWSLOGS = { 'awslogs-group': 'g', 'awslogs-region': 'us-east-1' };

function refusalOf(logConfiguration: LogConfiguration): string | undefined {
  const prepared = prepareTaskDefinition(
    { family: 'f', containerDefinitions: [{ name: 'c', image: 'i', memory: 64, logConfiguration }] },
    '000000000000',
  );
  return prepared.kind === 'refused' ? prepared.message : undefined;
}

const awslogs = (options: Readonly<Record<string, string>>) =>
  refusalOf({ logDriver: 'awslogs', options: { ...AWSLOGS, ...options } });

describe('log configuration', () => {
  test.each([
    { mode: 'non-blocking', 'max-buffer-size': '25m' },
    { mode: 'blocking' },
    { 'awslogs-create-group': 'true', 'awslogs-stream-prefix': 'p', 'awslogs-endpoint': 'http://logs:80' },
    { 'awslogs-datetime-format': '%Y-%m-%dT%H:%M:%S' },
    { 'awslogs-multiline-pattern': '^INFO' },
    { 'awslogs-format': 'json/emf' },
    { 'awslogs-stream': 's', tag: '{{.Name}}/{{ .ID }}' },
    { 'awslogs-force-flush-interval-seconds': '1', 'awslogs-max-buffered-events': '100' },
  ])('[TDF-16] awslogs takes %o', (options) => {
    expect(awslogs(options as unknown as Readonly<Record<string, string>>)).toBeUndefined();
  });

  test.each([
    ['mode', 'sometimes'],
    ['max-buffer-size', 'much'],
    ['awslogs-create-group', 'maybe'],
    ['awslogs-datetime-format', '%Q'],
    ['awslogs-multiline-pattern', '('],
    ['awslogs-format', 'xml'],
    ['awslogs-endpoint', 'logs:80'],
    ['awslogs-force-flush-interval-seconds', '0'],
    ['awslogs-max-buffered-events', '-1'],
  ])('[TDF-16] awslogs does not take %s=%s', (name, value) => {
    expect(awslogs({ [name]: value })).toBe(
      `Log driver awslogs has an invalid value for option ${name}: ${value}`,
    );
  });

  test('[TDF-16] options that exclude each other', () => {
    const both = { 'awslogs-datetime-format': '%Y', 'awslogs-multiline-pattern': 'x' };
    expect(awslogs(both)).toBe(
      'Log driver awslogs does not take both awslogs-datetime-format and awslogs-multiline-pattern.',
    );
    expect(awslogs({ 'awslogs-format': 'json/emf', 'awslogs-datetime-format': '%Y' })).toBe(
      'Log driver awslogs does not take both awslogs-format and awslogs-datetime-format.',
    );
  });

  test('[LOG-21] a tag with a placeholder that hosts do not fill in is refused by name', () => {
    expect(awslogs({ tag: '{{.ImageID}}' })).toBe(
      'containerDefinitions[0].logConfiguration.options.tag with {{.ImageID}} is not supported yet.',
    );
  });

  test.each(['fluentd', 'gelf', 'journald', 'json-file', 'splunk', 'syslog'] as const)(
    '[LOG-24] %s is the engine’s, and is required of the host',
    (logDriver) => {
      const request = {
        family: 'f',
        containerDefinitions: [
          { name: 'c', image: 'i', memory: 64, logConfiguration: { logDriver, options: { tag: 'x' } } },
        ],
      };
      const prepared = prepareTaskDefinition(request, '000000000000');
      expect(prepared).toMatchObject({
        kind: 'accepted',
        document: {
          requiresAttributes: expect.arrayContaining([
            { name: `com.amazonaws.ecs.capability.logging-driver.${logDriver}` },
          ]),
        },
      });
    },
  );
});
