import { reportTask } from '../../records/report-task.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';

type Shapes = EcsOperations['SubmitContainerStateChange'];

/** Takes an older agent's report of one container. Always acknowledged, as for tasks. (TSK-17) */
export const submitContainerStateChange: Operation<Shapes['input'], Shapes['output']> = async (
  context,
  input,
) => {
  const { store, clock } = context;
  const { task = '', containerName: name = '', cluster: _, ...entry } = input;
  await store.write((tx) => {
    const report = { containers: [{ ...entry, name }], attachments: [] };
    reportTask(tx, task, { report, now: clock.now() });
  });
  return { acknowledgment: 'ACK' };
};
