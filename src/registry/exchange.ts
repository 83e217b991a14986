import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Caller } from '../domain/caller.ts';
import { isRepositoryName, type Repository, repositoryArn } from '../domain/ecr.ts';
import type { Clock } from '../lib/clock.ts';
import type { Installation } from '../lib/config.ts';
import type { Ids } from '../lib/ids.ts';
import type { Log } from '../lib/log.ts';
import { findRepository } from '../records/ecr.ts';
import type { ReadTx, Store } from '../store/store.ts';
import type { Authenticate } from './authentication.ts';
import type { BlobStore } from './blob-store.ts';
import { registryErrors } from './errors.ts';
import type { UploadTurns } from './upload-turns.ts';

/** Undefined when `caller` may do `action` (e.g. `ecr:BatchGetImage`) on the resource, else the text of the refusal. */
export type Authorize = (caller: Caller, action: string, resourceArn: string) => string | undefined;

/** What the registry works with. */
export interface RegistryPorts {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly installation: Installation;
  readonly authenticate: Authenticate;
  readonly authorize: Authorize;
}

/** One request, after its caller is known. */
export interface Exchange {
  readonly ports: RegistryPorts;
  readonly turns: UploadTurns;
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  readonly caller: Caller;
}

/** What is sent back. The length of a text or of bytes is added; a stream states its own. */
export interface RegistryAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Buffer | Readable | undefined;
}

/** Stops unless the caller may do `ecr:<action>` on the repository, then answers that repository. (REG-4) */
export function enter({ ports, caller }: Exchange, name: string, action: string): Repository {
  if (!isRepositoryName(name)) throw registryErrors.nameInvalid(name);
  const refusal = ports.authorize(caller, `ecr:${action}`, repositoryArn(ports.installation, name));
  if (refusal !== undefined) throw registryErrors.denied(refusal);
  return ports.store.read((tx) => requireRepository(ports, tx, name));
}

/** The repository, or the registry's own error in ECR's words. */
export function requireRepository(ports: RegistryPorts, tx: ReadTx, name: string): Repository {
  const repository = findRepository(tx, name);
  if (repository === undefined) throw registryErrors.nameUnknown(name, ports.installation.accountId);
  return repository;
}
