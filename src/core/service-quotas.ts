/**
 * What AWS limits for an account, a resource or a request, in one place (QTA rules; DG service-quotas, API pages).
 * Gantry has the default of each: a definition or a script that works here is not too large there.
 */
export const SERVICE_QUOTAS = {
  /** Of an account in a region. */
  clusters: 10_000,
  servicesPerCluster: 5_000,
  containerInstancesPerCluster: 5_000,
  tasksPerService: 5_000,
  capacityProvidersPerCluster: 20,
  revisionsPerFamily: 1_000_000,
  /** Of one document. */
  containersPerTaskDefinition: 10,
  taskDefinitionBytes: 65_536,
  placementConstraintsPerTaskDefinition: 10,
  tagsPerResource: 50,
  tagKeyLength: 128,
  tagValueLength: 256,
  subnetsPerAwsvpcConfiguration: 16,
  securityGroupsPerAwsvpcConfiguration: 5,
  itemsPerCapacityProviderStrategy: 20,
  placementStrategies: 5,
  customAttributesPerInstance: 10,
  /** Of one request. */
  tasksPerRun: 10,
  clustersPerDescribe: 100,
  servicesPerDescribe: 10,
  tasksPerDescribe: 100,
  containerInstancesPerDescribe: 100,
  containerInstancesPerUpdate: 10,
  attributesPerRequest: 10,
  capacityProvidersPerDescribe: 100,
  taskDefinitionsPerDelete: 10,
  overridesLength: 8_192,
  /** Of one page. */
  listPage: 100,
  accountSettingsPage: 10,
  capacityProvidersPage: 10,
  servicesDefaultPage: 10,
} as const;
