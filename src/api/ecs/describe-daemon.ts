import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { existingDaemon } from './daemon-rules.ts';
import { daemonShape } from './daemon-shape.ts';

type Shapes = EcsOperations['DescribeDaemon'];

/** Answers one daemon; a deleted one is not found. (MDM-13) */
export const describeDaemon: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  { daemonArn },
) => store.read((tx) => ({ daemon: daemonShape(tx, installation, existingDaemon(tx, daemonArn)) }));
