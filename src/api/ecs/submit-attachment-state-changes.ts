import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';

type Shapes = EcsOperations['SubmitAttachmentStateChanges'];

/**
 * Takes an agent's report of attachments of its host: trunk interfaces and volumes, none of which there are here. A
 * task's own interface is reported with its task. Always acknowledged. (TSK-17)
 */
export const submitAttachmentStateChanges: Operation<Shapes['input'], Shapes['output']> = () => ({
  acknowledgment: 'ACK',
});
