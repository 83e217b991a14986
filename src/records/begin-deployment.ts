import { failureThreshold } from '../core/deployment/circuit-breaker.ts';
import { type Scope, serviceDeploymentArn, serviceRevisionArn } from '../domain/arn.ts';
import type { DeploymentSpec, Service } from '../domain/service.ts';
import type { ServiceDeployment } from '../domain/service-deployment.ts';
import type { Instant } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { WriteTx } from '../store/store.ts';
import { serviceDeployments, serviceRevisions } from './service-deployments.ts';
import { newDeployment, withNewDeployment } from './services.ts';

/** What beginning a deployment may use. */
export interface BeginDeps {
  readonly tx: WriteTx;
  readonly ids: Ids;
  readonly now: Instant;
  readonly scope: Scope;
}

/**
 * Makes a new PRIMARY deployment of a service with its revision and its record, and asks the rollout that is under way
 * to stop. Answers the service's row, which the caller stores. (SDP-1, SDP-2, SDP-4)
 */
export function beginDeployment(
  { tx, ids, now, scope }: BeginDeps,
  service: Service,
  spec: DeploymentSpec,
): Service {
  const { serviceArn, clusterArn } = service;
  const number = ids.digits(19);
  const revisionArn = serviceRevisionArn(scope, service, number);
  const record: ServiceDeployment = {
    serviceDeploymentArn: serviceDeploymentArn(scope, service, ids.secret(21)),
    serviceArn,
    clusterArn,
    createdAt: now,
    updatedAt: now,
    sourceRevisionArns: [...new Set(service.deployments.map((each) => each.revisionArn))],
    targetRevisionArn: revisionArn,
    status: 'PENDING',
    lifecycleHooks: [],
    deploymentConfiguration: service.deploymentConfiguration,
    failureCount: 0,
    failureThreshold: failureThreshold(
      service.deploymentConfiguration.deploymentCircuitBreaker,
      service.desiredCount,
    ),
    triggeredAlarmNames: [],
  };
  tx.put(serviceRevisions, { serviceRevisionArn: revisionArn, serviceArn, clusterArn, createdAt: now, spec });
  tx.put(serviceDeployments, record);
  const deployment = newDeployment(spec, {
    id: `ecs-svc/${number}`,
    now,
    revisionArn,
    serviceDeploymentArn: record.serviceDeploymentArn,
  });
  return withNewDeployment(service, deployment);
}
