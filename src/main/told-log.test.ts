import { expect, test } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { toldLog } from './told-log.ts';

test('a refusal that repeats itself is said once, then what came of it', () => {
  const said: string[] = [];
  const log = toldLog(silentLog, (sentence) => said.push(sentence));
  log.info('agent.not-registered', { attempt: 1, error: 'AwsError: Cluster not found.' });
  log.info('task.stopped', { task: '1' });
  log.info('agent.not-registered', { attempt: 2, error: 'AwsError: Cluster not found.' });
  log.info('agent.registered', { containerInstanceArn: 'arn:1' });
  expect(said).toEqual([
    'not registered yet, trying again (AwsError: Cluster not found.)',
    'this host serves as arn:1',
  ]);
});
