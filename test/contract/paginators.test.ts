import * as sdk from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gantry, startGantry } from '../../src/main/testing-entry.ts';

const COUNT = 7;
const PAGE_SIZE = 3;

let gantry: Gantry;
let client: sdk.ECSClient;

const numbers = Array.from({ length: COUNT }, (_, index) => index + 1);

/** Seven of everything that is listed. */
async function fill(): Promise<void> {
  for (const number of numbers) {
    await client.send(new sdk.CreateClusterCommand({ clusterName: number === 1 ? 'default' : `c${number}` }));
    await client.send(
      new sdk.RegisterContainerInstanceCommand({
        totalResources: [
          { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
          { name: 'MEMORY', type: 'INTEGER', integerValue: 1024 },
        ],
        attributes: [{ name: 'rack', value: `r${number % 2}` }],
      }),
    );
    const definition = {
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'app', image: 'busybox' }],
    } as const satisfies Partial<sdk.RegisterTaskDefinitionCommandInput>;
    const mutable = {
      ...definition,
      requiresCompatibilities: [...definition.requiresCompatibilities],
      containerDefinitions: [...definition.containerDefinitions],
    };
    await client.send(new sdk.RegisterTaskDefinitionCommand({ ...mutable, family: 'one' }));
    if (number > 1)
      await client.send(new sdk.RegisterTaskDefinitionCommand({ ...mutable, family: `f${number}` }));
    await client.send(
      new sdk.CreateServiceCommand({
        serviceName: `s${number}`,
        taskDefinition: 'one',
        desiredCount: 0,
        launchType: 'FARGATE',
        networkConfiguration: network(),
      }),
    );
  }
  await client.send(
    new sdk.RunTaskCommand({
      taskDefinition: 'one',
      count: COUNT,
      launchType: 'FARGATE',
      networkConfiguration: network(),
    }),
  );
}

const network = (): sdk.NetworkConfiguration => ({
  awsvpcConfiguration: { subnets: [...gantry.subnetIds] },
});

interface Listing {
  /** Pages of a size, as the SDK walks them. */
  readonly pages: (pageSize: number) => AsyncIterable<object>;
  /** The member that holds the page's rows. */
  readonly member: string;
  readonly total: number;
}

/** Every paginator of the SDK whose operation is there. */
const LISTINGS: Readonly<Record<string, Listing>> = {
  paginateListAccountSettings: {
    pages: (pageSize) => sdk.paginateListAccountSettings({ client, pageSize }, { effectiveSettings: true }),
    member: 'settings',
    total: 11,
  },
  'paginateListAttributes of one name': {
    pages: (pageSize) =>
      sdk.paginateListAttributes(
        { client, pageSize },
        { targetType: 'container-instance', attributeName: 'rack' },
      ),
    member: 'attributes',
    total: COUNT,
  },
  'paginateListAttributes of one value': {
    pages: (pageSize) =>
      sdk.paginateListAttributes(
        { client, pageSize },
        { targetType: 'container-instance', attributeName: 'rack', attributeValue: 'r1' },
      ),
    member: 'attributes',
    total: Math.ceil(COUNT / 2),
  },
  paginateListClusters: {
    pages: (pageSize) => sdk.paginateListClusters({ client, pageSize }, {}),
    member: 'clusterArns',
    total: COUNT,
  },
  paginateListContainerInstances: {
    pages: (pageSize) => sdk.paginateListContainerInstances({ client, pageSize }, {}),
    member: 'containerInstanceArns',
    total: COUNT,
  },
  paginateListServices: {
    pages: (pageSize) => sdk.paginateListServices({ client, pageSize }, {}),
    member: 'serviceArns',
    total: COUNT,
  },
  paginateListTaskDefinitionFamilies: {
    pages: (pageSize) => sdk.paginateListTaskDefinitionFamilies({ client, pageSize }, {}),
    member: 'families',
    total: COUNT,
  },
  'paginateListTaskDefinitions ASC': {
    pages: (pageSize) => sdk.paginateListTaskDefinitions({ client, pageSize }, {}),
    member: 'taskDefinitionArns',
    total: 2 * COUNT - 1,
  },
  'paginateListTaskDefinitions DESC': {
    pages: (pageSize) => sdk.paginateListTaskDefinitions({ client, pageSize }, { sort: 'DESC' }),
    member: 'taskDefinitionArns',
    total: 2 * COUNT - 1,
  },
  paginateListTasks: {
    pages: (pageSize) =>
      sdk.paginateListTasks({ client, pageSize }, { family: 'one', launchType: 'FARGATE' }),
    member: 'taskArns',
    total: COUNT,
  },
};

/** Listings of what is refused by name. */
const REFUSED: readonly string[] = [
  'paginateListGatewayClusterAssociations',
  'paginateListGatewayRoutes',
  'paginateListGateways',
];

/** Listings of what there never is: no service is in a namespace yet. */
const NOTHING_TO_LIST: readonly string[] = ['paginateListServicesByNamespace'];

describe('paginators of the SDK', () => {
  beforeAll(async () => {
    gantry = await startGantry();
    client = new sdk.ECSClient({
      endpoint: gantry.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    await fill();
  });
  afterAll(() => gantry.stop());

  const rowsOf = async ({ pages, member }: Listing, pageSize: number): Promise<string[][]> => {
    const found: string[][] = [];
    for await (const page of pages(pageSize)) {
      const rows = (page as Record<string, unknown>)[member] as unknown[];
      found.push(rows.map((row) => JSON.stringify(row)));
    }
    return found;
  };

  test('[LST-1] none is forgotten', () => {
    const walked = Object.keys(LISTINGS).map((name) => name.split(' ')[0]);
    const known = [...walked, ...REFUSED, ...NOTHING_TO_LIST];
    const all = Object.keys(sdk).filter((name) => name.startsWith('paginate'));
    expect([...new Set(known)].toSorted()).toEqual(all.toSorted());
  });

  test.each(Object.keys(LISTINGS))('[LST-1] %s walks all rows once, in one order', async (name) => {
    const listing = LISTINGS[name] as Listing;
    const small = await rowsOf(listing, PAGE_SIZE);
    const large = (await rowsOf(listing, 10)).flat();
    expect(small.flat()).toEqual(large);
    expect(new Set(large).size).toBe(listing.total);
    expect(large).toHaveLength(listing.total);
    expect(small.map(({ length }) => length)).toEqual([
      ...Array<number>(Math.ceil(listing.total / PAGE_SIZE) - 1).fill(PAGE_SIZE),
      ((listing.total - 1) % PAGE_SIZE) + 1,
    ]);
  });

  test('[SVC-16] the services of a namespace end with the first page, for the namespace is not found', async () => {
    const pages = sdk.paginateListServicesByNamespace(
      { client, pageSize: PAGE_SIZE },
      { namespace: 'internal' },
    );
    await expect(pages.next()).rejects.toThrow(sdk.NamespaceNotFoundException);
    const blank = sdk.paginateListServicesByNamespace({ client, pageSize: PAGE_SIZE }, { namespace: '' });
    await expect(blank.next()).rejects.toThrow(sdk.InvalidParameterException);
  });

  test('[UNS-1] a listing of a feature that is not there says so, as a type of the SDK', async () => {
    await expect(client.send(new sdk.ListGatewaysCommand({}))).rejects.toThrow(
      sdk.UnsupportedFeatureException,
    );
    await expect(
      client.send(
        new sdk.DescribeExpressGatewayServiceCommand({ serviceArn: 'arn:aws:ecs:us-east-1:0:service/a/b' }),
      ),
    ).rejects.toThrow('DescribeExpressGatewayService (Express Mode) is not supported yet.');
  });
});
