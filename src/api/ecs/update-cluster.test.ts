import { describe, expect, test } from 'vitest';
import { aCluster, aContext } from '../testing.ts';
import { updateCluster } from './update-cluster.ts';
import { updateClusterSettings } from './update-cluster-settings.ts';

const ENHANCED = [{ name: 'containerInsights', value: 'enhanced' }] as const;

describe('updateCluster and updateClusterSettings', () => {
  test('[CLU-11] what is given is replaced, what is not given stays', async () => {
    const context = await aContext();
    const configuration = { executeCommandConfiguration: { logging: 'NONE' } } as const;
    await aCluster(context, { configuration });
    const first = await updateClusterSettings(context, { cluster: 'default', settings: ENHANCED });
    expect(first.cluster).toMatchObject({ settings: ENHANCED, configuration });
    const managed = { managedStorageConfiguration: { kmsKeyId: 'k' } } as const;
    const second = await updateCluster(context, { cluster: 'default', configuration: managed });
    expect(second.cluster).toMatchObject({ settings: ENHANCED, configuration: managed });
  });

  test.each([
    [{ settings: [{ name: 'containerInsights', value: 'some' }] }, 'Invalid setting value: some'],
    [
      { configuration: { executeCommandConfiguration: { logging: 'OVERRIDE' } } },
      'A CloudWatch log group name or S3 bucket name must be specified when overriding the default log configuration',
    ],
    [{ serviceConnectDefaults: { namespace: 'n' } }, 'serviceConnectDefaults is not supported yet.'],
  ] as const)('[CLU-4] [CLU-7] %j is refused', async (input, message) => {
    const context = await aContext();
    await aCluster(context);
    expect(() => updateCluster(context, { cluster: 'default', ...input })).toThrow(message);
  });

  test('[CLU-11] a cluster that is not ACTIVE is not found', async () => {
    const context = await aContext();
    await aCluster(context, { clusterName: 'gone', status: 'INACTIVE' });
    for (const cluster of ['gone', 'never']) {
      await expect(updateClusterSettings(context, { cluster, settings: ENHANCED })).rejects.toMatchObject({
        code: 'ClusterNotFoundException',
      });
    }
    expect(() => updateClusterSettings(context, { cluster: 'gone', settings: [] })).toThrow(
      'cannot be empty',
    );
  });
});
