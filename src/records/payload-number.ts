import type { Task } from '../domain/task.ts';
import type { Instant } from '../lib/clock.ts';
import type { WriteTx } from '../store/store.ts';
import { containerInstances } from './collections.ts';
import { drawMessageNumber } from './instances.ts';

/**
 * A task that its host can be told of at once is noted as sent in the transaction that makes it PENDING, which spares it
 * another. Not one that still waits for its interface, or for credentials that are issued as it is sent. (ASN-5)
 */
export function withPayloadNumber(tx: WriteTx, task: Task, now: Instant): Task {
  const { instanceArn, lastStatus, taskRoleCredentialsId, executionRoleCredentialsId } = task;
  const hasRole = taskRoleCredentialsId !== undefined || executionRoleCredentialsId !== undefined;
  if (instanceArn === undefined || lastStatus !== 'PENDING' || hasRole) return task;
  if (tx.get(containerInstances, instanceArn)?.agentConnected !== true) return task;
  const payloadNumber = drawMessageNumber(tx, instanceArn)?.lastSequenceNumber;
  return payloadNumber === undefined ? task : { ...task, sentAt: now, payloadNumber };
}
