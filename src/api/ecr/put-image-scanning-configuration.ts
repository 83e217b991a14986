import type {
  PutImageScanningConfigurationRequest,
  PutImageScanningConfigurationResponse,
} from '../../shapes/generated/ecr.ts';
import type { Operation } from '../operation.ts';
import { ecrErrors } from './errors.ts';
import { requireRepository } from './repository.ts';

/** There is no scanner, so only "off" can be said. (ECR-2) */
export const putImageScanningConfiguration: Operation<
  PutImageScanningConfigurationRequest,
  PutImageScanningConfigurationResponse
> = ({ store, installation }, input) => {
  if (input.imageScanningConfiguration.scanOnPush === true) {
    throw ecrErrors.unsupported('imageScanningConfiguration.scanOnPush');
  }
  const { repositoryName } = store.read((tx) => requireRepository(tx, installation, input));
  return {
    registryId: installation.accountId,
    repositoryName,
    imageScanningConfiguration: { scanOnPush: false },
  };
};
