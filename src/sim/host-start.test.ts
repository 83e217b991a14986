import { expect, test } from 'vitest';
import { aHostTask, oneHost, withMethods } from './one-host.ts';

const APP = [{ name: 'app', image: 'web' }] as const;
const INTERFACE = {
  ec2Id: 'eni-1',
  macAddress: '02:00:00:00:00:01',
  ipv4Addresses: [{ privateAddress: '10.0.0.9', primary: true }],
  subnetGatewayIpv4Address: '10.0.0.1/24',
  privateDnsName: 'ip-10-0-0-9',
  ...{ name: 'eth0', attachmentArn: 'a', index: 0, domainNameServers: [], domainName: [] },
};

test('[AGT-7] that a task runs is reported before the engine has said more of its containers', async () => {
  const host = oneHost({}, (driver) =>
    withMethods(driver, { inspectContainer: () => new Promise<never>(() => {}) }),
  );
  await host.engine.accept({ ...aHostTask(APP), networkMode: 'host' });
  await host.until(() => host.reports.some(({ status }) => status === 'RUNNING'));
  expect(host.reports.at(-1)?.containers).toMatchObject([{ containerName: 'app', status: 'RUNNING' }]);
});

test('[AGT-5] a container that waits for no other is created while the network of its task is made', async () => {
  const created = Promise.withResolvers<void>();
  const host = oneHost({}, (driver) =>
    withMethods(driver, {
      prepareSandbox: async (spec) => {
        await driver.prepareSandbox(spec);
        await created.promise;
      },
      createContainer: async (spec) => {
        const made = await driver.createContainer(spec);
        created.resolve();
        return made;
      },
    }),
  );
  await host.engine.accept({
    ...aHostTask([
      ...APP,
      { name: 'later', image: 'web', dependsOn: [{ containerName: 'app', condition: 'START' }] },
    ]),
    ...{ networkMode: 'awsvpc', elasticNetworkInterfaces: [INTERFACE] },
  });
  await host.until(() => host.engine.records().some(({ wasRunning }) => wasRunning));
  expect(host.deeds.map(({ deed, what }) => `${deed} ${what}`)).toEqual([
    ...['pull web', 'pull web', 'create app', 'start app', 'create later', 'start later'],
  ]);
});

test('[AGT-5] a container that could not be created ahead is created when the network is there', async () => {
  let refusals = 1;
  const host = oneHost({}, (driver) =>
    withMethods(driver, {
      createContainer: async (spec) => {
        refusals -= 1;
        if (refusals >= 0) throw new Error('not yet');
        return driver.createContainer(spec);
      },
    }),
  );
  const task = aHostTask(APP);
  await host.engine.accept({ ...task, networkMode: 'awsvpc', elasticNetworkInterfaces: [INTERFACE] });
  await host.until(() => host.reports.some(({ status }) => status === 'RUNNING'));
});
