import { daemonDocument } from '../../core/daemon/prepare-daemon-definition.ts';
import { refuse } from '../../lib/service-error.ts';
import { findDaemonDefinition } from '../../records/daemon-definitions.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { ecsErrors } from './errors.ts';

type Shapes = EcsOperations['DescribeDaemonTaskDefinition'];

/** Answers one revision, deleted ones for a day; a bare family means its newest ACTIVE one. (MDM-4) */
export const describeDaemonTaskDefinition: Operation<Shapes['input'], Shapes['output']> = (
  { store, installation },
  input,
) =>
  store.read((tx) => {
    const row =
      findDaemonDefinition(tx, installation, input.daemonTaskDefinition) ??
      refuse(ecsErrors.daemonDefinitionUnknown());
    return {
      daemonTaskDefinition: {
        ...daemonDocument(row.document),
        daemonTaskDefinitionArn: row.daemonTaskDefinitionArn,
        status: row.status,
        registeredAt: row.registeredAt,
        registeredBy: row.registeredBy,
        deleteRequestedAt: row.deleteRequestedAt,
      },
    };
  });
