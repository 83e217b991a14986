import type { Authorizer } from '../api/authorize.ts';
import { ec2Operations } from '../api/ec2/operations.ts';
import { attachedTo } from '../api/ecr/authorization.ts';
import { ecrOperations } from '../api/ecr/operations.ts';
import { ecsOperations } from '../api/ecs/operations.ts';
import { iamOperations } from '../api/iam/operations.ts';
import { logsOperations } from '../api/logs/operations.ts';
import { s3Operations } from '../api/s3/operations.ts';
import { secretsManagerOperations } from '../api/secretsmanager/operations.ts';
import { ssmOperations } from '../api/ssm/operations.ts';
import { ssmSessionOperations } from '../api/ssm/session-operations.ts';
import { stsOperations } from '../api/sts/operations.ts';
import { parseArn } from '../domain/arn.ts';
import type { LogEvents } from '../domain/log-events.ts';
import type { ObjectFiles } from '../domain/object-files.ts';
import type { Vault } from '../lib/vault.ts';
import { issuerKeys } from '../platform/issuer-keys.ts';
import { openLogEventsFile } from '../platform/log-events-file.ts';
import { nodeDigest } from '../platform/node-digest.ts';
import { fileObjectFiles } from '../platform/object-files.ts';
import { memoryLogEvents } from '../records/memory-log-events.ts';
import { memoryObjectFiles } from '../records/memory-object-files.ts';
import { openAuthentication, tokenAuthentication } from '../registry/authentication.ts';
import { fileBlobStore } from '../registry/file-blob-store.ts';
import { memoryBlobStore } from '../registry/memory-blob-store.ts';
import { createRegistry, type Registry } from '../registry/registry.ts';
import type { OperationTables } from '../wire/dispatch.ts';
import { uncheckedRoot } from './authentication.ts';
import { dataFiles } from './data-dir.ts';
import { handlers, type SharedContext } from './handlers.ts';
import { oidcKeys } from './oidc-keys.ts';
import type { Settings } from './settings.ts';

/** Everything that answers requests, and the files behind it. */
export interface Services {
  readonly operations: OperationTables;
  readonly registry: Registry;
  readonly logEvents: LogEvents;
  /** The bytes of S3 objects. */
  readonly objectFiles: ObjectFiles;
}

/** What the services are given beside what all requests share. */
interface ServiceParts {
  readonly authorizer: Authorizer;
  readonly logEvents: LogEvents;
  readonly vault: Vault;
}

/** Opens the file of log events, or a place in memory for them. */
export async function openLogEvents({ storage, dataDir }: Settings): Promise<LogEvents> {
  return storage === 'memory' ? memoryLogEvents() : openLogEventsFile(dataFiles(dataDir).logEvents);
}

/** Opens the files of blobs and builds the operations of every service. */
export function openServices(settings: Settings, shared: SharedContext, parts: ServiceParts): Services {
  const { authorizer, logEvents, vault } = parts;
  const files = dataFiles(settings.dataDir);
  const isInMemory = settings.storage === 'memory';
  const objectFiles = isInMemory ? memoryObjectFiles(shared.clock) : fileObjectFiles(files.objects);
  const registry = createRegistry({
    ...shared,
    blobs: isInMemory
      ? memoryBlobStore(shared)
      : fileBlobStore({ directory: files.blobs, clock: shared.clock }),
    authenticate:
      settings.auth === 'off'
        ? openAuthentication(uncheckedRoot(shared.installation))
        : tokenAuthentication(shared),
    authorize: (caller, action, resource) =>
      authorizer.refusalOf({ caller }, { action, resource, ...attachedToArn(shared, resource) }),
  });
  const issuers = issuerKeys({ ...shared, configured: oidcKeys(settings.oidcKeysFile, shared.log) });
  const operations = {
    ecs: handlers(shared, ecsOperations),
    ecr: handlers(shared, ecrOperations),
    logs: handlers(shared, logsOperations(logEvents)),
    iam: handlers(shared, iamOperations),
    sts: handlers(shared, stsOperations(issuers)),
    ec2: handlers(shared, ec2Operations),
    s3: handlers(shared, s3Operations({ files: objectFiles, digest: nodeDigest })),
    secretsmanager: handlers(shared, secretsManagerOperations(vault)),
    ssm: handlers(shared, { ...ssmOperations(vault), ...ssmSessionOperations }),
  };
  return { operations, registry, logEvents, objectFiles };
}

/** The tags and the policy of a repository. */
const attachedToArn = ({ store }: SharedContext, arn: string) =>
  store.read((tx) => attachedTo(tx, parseArn(arn)?.resource.slice('repository/'.length) ?? ''));
