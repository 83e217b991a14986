import { isDigest } from '../../domain/ecr.ts';
import { findBlobLink } from '../../records/ecr-images.ts';
import type {
  BatchCheckLayerAvailabilityRequest,
  BatchCheckLayerAvailabilityResponse,
  Layer,
  LayerFailure,
} from '../../shapes/generated/ecr.ts';
import type { Operation } from '../operation.ts';
import { ecrErrors } from './errors.ts';
import { requireRepository } from './repository.ts';

/** One call asks for at most this many layers. */
const LAYERS_MAX_COUNT = 100;

/** Tells which layers a repository has. (ECR-5) */
export const batchCheckLayerAvailability: Operation<
  BatchCheckLayerAvailabilityRequest,
  BatchCheckLayerAvailabilityResponse
> = ({ store, installation }, input) => {
  const { layerDigests } = input;
  if (layerDigests.length < 1 || layerDigests.length > LAYERS_MAX_COUNT) {
    throw ecrErrors.invalidMember('layerDigests', `must have 1 to ${LAYERS_MAX_COUNT} members`);
  }
  return store.read((tx) => {
    const { repositoryName } = requireRepository(tx, installation, input);
    const layers: Layer[] = [];
    const failures: LayerFailure[] = [];
    for (const layerDigest of layerDigests) {
      const link = findBlobLink(tx, repositoryName, layerDigest);
      if (!isDigest(layerDigest)) failures.push(invalidDigest(layerDigest));
      else if (link === undefined) layers.push({ layerDigest, layerAvailability: 'UNAVAILABLE' });
      else layers.push({ layerDigest, layerAvailability: 'AVAILABLE', layerSize: link.sizeBytes });
    }
    return { layers, failures };
  });
};

const invalidDigest = (layerDigest: string): LayerFailure => ({
  layerDigest,
  failureCode: 'InvalidLayerDigest',
  failureReason: 'The layer digest is not a sha256 or sha512 digest.',
});
