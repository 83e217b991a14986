import { describeTasks } from './describe-tasks.ts';
import { executeCommand } from './execute-command.ts';
import { listTasks } from './list-tasks.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { runTask } from './run-task.ts';
import { startTask } from './start-task.ts';
import { stopTask } from './stop-task.ts';
import { submitAttachmentStateChanges } from './submit-attachment-state-changes.ts';
import { submitContainerStateChange } from './submit-container-state-change.ts';
import { submitTaskStateChange } from './submit-task-state-change.ts';
import { getTaskProtection, updateTaskProtection } from './task-protection.ts';

/** The operations of the task family. */
export const taskOperations: EcsOperationRecord = {
  RunTask: runTask,
  StartTask: startTask,
  StopTask: stopTask,
  ExecuteCommand: executeCommand,
  GetTaskProtection: getTaskProtection,
  UpdateTaskProtection: updateTaskProtection,
  DescribeTasks: describeTasks,
  ListTasks: listTasks,
  SubmitTaskStateChange: submitTaskStateChange,
  SubmitContainerStateChange: submitContainerStateChange,
  SubmitAttachmentStateChanges: submitAttachmentStateChanges,
};
