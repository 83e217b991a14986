import { continueServiceDeployment } from './continue-service-deployment.ts';
import { describeServiceDeployments } from './describe-service-deployments.ts';
import { describeServiceRevisions } from './describe-service-revisions.ts';
import { listServiceDeployments } from './list-service-deployments.ts';
import type { EcsOperationRecord } from './operation-record.ts';
import { stopServiceDeployment } from './stop-service-deployment.ts';

/** The operations on service deployments and revisions. */
export const serviceDeploymentOperations: EcsOperationRecord = {
  ListServiceDeployments: listServiceDeployments,
  DescribeServiceDeployments: describeServiceDeployments,
  DescribeServiceRevisions: describeServiceRevisions,
  ContinueServiceDeployment: continueServiceDeployment,
  StopServiceDeployment: stopServiceDeployment,
};
