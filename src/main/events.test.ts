import { expect, test } from 'vitest';
import type { RecordedEvent } from '../domain/events.ts';
import { eventLine, stoppedTaskLines } from './event-lines.ts';
import { readEventQuery } from './event-route.ts';
import { readSince } from './events-command.ts';
import { readSettings } from './settings.ts';

test('[EVT-8] a query is read, or refused by name', () => {
  expect(readEventQuery(new URLSearchParams(''))).toMatchObject({ limit: 1000 });
  const text = 'after=5&from=10&until=20&resource=web&detailType=ECS+Service+Action&stopped=true&limit=1';
  expect(readEventQuery(new URLSearchParams(text))).toEqual({
    after: 5,
    fromMs: 10,
    untilMs: 20,
    resource: 'web',
    detailType: 'ECS Service Action',
    isStoppedTask: true,
    limit: 1,
  });
  expect(readEventQuery(new URLSearchParams('after=x'))).toBe('after is a whole number.');
  for (const limit of ['0', '1001', '-1', 'x'])
    expect(readEventQuery(new URLSearchParams({ limit }))).toContain('limit');
  expect(readEventQuery(new URLSearchParams('detailType=x'))).toContain('ECS Task State Change');
});

test('[EVT-8] --since takes a duration or a time', () => {
  const now = Date.parse('2026-01-15T12:00:00Z');
  expect(readSince('90s', now)).toBe(now - 90_000);
  expect(readSince('30d', now)).toBe(now - 30 * 86_400_000);
  expect(readSince('2026-01-15T11:00:00Z', now)).toBe(now - 3_600_000);
  for (const wrong of ['yesterday', '5', '2026-99-99', ''])
    expect(() => readSince(wrong, now)).toThrow('--since');
});

test('[EVT-7] --event-webhook takes a web address, and a refusal does not repeat it', () => {
  expect(readSettings({ eventWebhook: 'https://example.com/x?t=1' }).eventWebhookUrl).toBe(
    'https://example.com/x?t=1',
  );
  expect(readSettings({}).eventWebhookUrl).toBeUndefined();
  for (const wrong of ['secret', 'ftp://secret', 'http://user:secret@example.com/']) {
    expect(() => readSettings({ eventWebhook: wrong })).toThrow('--event-webhook');
    expect(() => readSettings({ eventWebhook: wrong })).not.toThrow('secret');
  }
});

test('lines for people say what happened', () => {
  const event: RecordedEvent = {
    sequence: 1,
    atMs: 0,
    event: {
      version: '0',
      id: 'i',
      'detail-type': 'ECS Task State Change',
      source: 'aws.ecs',
      account: '000000000000',
      time: '2026-01-15T12:00:00Z',
      region: 'us-east-1',
      resources: ['arn:aws:ecs:us-east-1:000000000000:task/default/t1'],
      detail: {
        group: 'service:web',
        lastStatus: 'STOPPED',
        desiredStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        stoppedAt: '2026-01-15T11:59:59.5Z',
        taskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/web:3',
        containers: [
          {
            name: 'app',
            image: 'nginx:1',
            exitCode: 137,
            reason: 'OutOfMemoryError',
            gantryHealthChecks: [
              { endedAtMs: 1_768_478_390_123, exitCode: 1, output: 'refused\n' },
              { endedAtMs: 1_768_478_395_000, exitCode: -1, output: '' },
            ],
          },
        ],
      },
    },
  };
  expect(eventLine(event)).toBe(
    '2026-01-15T12:00:00Z  Task                t1  service:web  STOPPED (desired STOPPED)  Essential container in task exited',
  );
  expect(stoppedTaskLines(event)).toEqual([
    '2026-01-15T11:59:59.5Z  t1  service:web  web:3  EssentialContainerExited  Essential container in task exited',
    '    app  nginx:1  exit 137  OutOfMemoryError',
    '        health check 2026-01-15T11:59:50Z  exit 1, refused',
    '        health check 2026-01-15T11:59:55Z  exit -1, nothing written',
  ]);
});
