import { expect, test } from 'vitest';
import { RuntimeError } from '../runtime/driver.ts';
import { AwsError } from './aws-call.ts';
import { pullReason } from './pull-reason.ts';
import { secretErrors } from './secret-errors.ts';

const refused = (text: string): Error => new RuntimeError('pull', text);

test.each([
  {
    error: refused(
      "pull access denied for some/nonsense, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    ),
    reason:
      "CannotPullContainerError: The task can’t pull the image. Check whether the image exists. pull access denied for some/nonsense, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  },
  {
    error: refused(
      'pull access denied for h.example/i, repository does not exist: denied: User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: ecr:BatchGetImage',
    ),
    reason:
      'CannotPullContainerError: The task can’t pull the image. Check that the role has the permissions to pull images from the registry. pull access denied for h.example/i, repository does not exist: denied: User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: ecr:BatchGetImage',
  },
  {
    error: refused('Get "https://h.example/v2/": dial tcp: lookup h.example: no such host'),
    reason:
      'CannotPullContainerError: The task can’t pull the image. Check your network configuration. Get "https://h.example/v2/": dial tcp: lookup h.example: no such host',
  },
  {
    error: refused('filesystem layer verification failed for digest sha256:1'),
    reason: 'CannotPullContainerError: filesystem layer verification failed for digest sha256:1',
  },
  {
    error: new AwsError('ServerException', 'try later', 500),
    reason: 'CannotPullECRContainerError: ServerException: try later',
  },
  {
    error: secretErrors.noCredentials('login'),
    reason:
      'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): the secret login is no JSON object with a username and a password',
  },
])('[LIF-13] $reason', ({ error, reason }) => {
  expect(pullReason(error)).toBe(reason);
});
