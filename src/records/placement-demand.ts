import { avoidedAttributes, poolAttributes } from '../core/placement/avoided-attributes.ts';
import type { PlacementDemand } from '../core/placement/placement-view.ts';
import { gpuCountOf } from '../core/task/task-gpus.ts';
import { taskSize } from '../core/task/task-size.ts';
import type { TaskDefinition as Document, TaskOverride } from '../shapes/generated/ecs.ts';
import type { ReadTx } from '../store/store.ts';
import { subnets } from './collections.ts';
import type { LaunchRequest } from './launch-task.ts';

/** What a definition asks of a host, wherever its tasks may be. */
type DocumentDemand = Omit<PlacementDemand, 'zones'>;

/** Definitions never change, so each is read once for tasks that override nothing: on hosts, and in the pool. */
const knownDemands = {
  host: new WeakMap<Document, DocumentDemand>(),
  pool: new WeakMap<Document, DocumentDemand>(),
};

/** What each task of the request asks of its host. (PLC-1, PLC-7) */
export function demandOf(tx: ReadTx, request: LaunchRequest): PlacementDemand {
  const isFargate = request.capacity.launchType === 'FARGATE';
  const ofDocument = documentDemand(request, isFargate);
  const zones = isFargate ? undefined : zonesAsked(tx, request);
  return zones === undefined ? ofDocument : { ...ofDocument, zones };
}

function zonesAsked(tx: ReadTx, { zone, network }: LaunchRequest): readonly string[] | undefined {
  if (zone !== undefined) return [zone];
  return network?.subnets.flatMap((id) => tx.get(subnets, id)?.availabilityZone ?? []);
}

function documentDemand({ definition, overrides }: LaunchRequest, isFargate: boolean): DocumentDemand {
  const { document } = definition;
  if (overrides !== undefined) return readDemand(document, { overrides, isFargate });
  const demands = isFargate ? knownDemands.pool : knownDemands.host;
  const known = demands.get(document);
  if (known !== undefined) return known;
  const read = readDemand(document, { overrides, isFargate });
  demands.set(document, read);
  return read;
}

const readDemand = (
  document: Document,
  { overrides, isFargate }: { readonly overrides: TaskOverride | undefined; readonly isFargate: boolean },
): DocumentDemand => ({
  resources: taskSize(document, overrides).reserved,
  requiredAttributes: isFargate
    ? poolAttributes(document)
    : (document.requiresAttributes ?? []).map(({ name }) => name),
  avoidedAttributes: avoidedAttributes(document),
  gpuCount: gpuCountOf(document, overrides),
  storageGib: overrides?.ephemeralStorage?.sizeInGiB ?? document.ephemeralStorage?.sizeInGiB,
  matchingAttributes: platformAttributes(document),
});

/** Only a platform that the definition names is asked for: a pool of one kind serves definitions that name none. */
function platformAttributes({ runtimePlatform }: Document): PlacementDemand['matchingAttributes'] {
  const { cpuArchitecture, operatingSystemFamily } = runtimePlatform ?? {};
  return [
    ...(cpuArchitecture === undefined
      ? []
      : [{ name: 'ecs.cpu-architecture', value: cpuArchitecture.toLowerCase() }]),
    ...(operatingSystemFamily === undefined ? [] : [{ name: 'ecs.os-family', value: operatingSystemFamily }]),
  ];
}
