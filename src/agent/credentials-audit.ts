import type { PayloadTask } from '../domain/task-payload.ts';

/** A request for a role's credentials, as it was answered. */
export interface CredentialsRequest {
  readonly atMs: number;
  readonly status: number;
  readonly sourceAddress: string;
  readonly userAgent: string;
  /** The task whose role it is; undefined for an unknown id. */
  readonly payload?: PayloadTask | undefined;
  readonly credentialsId: string;
  /** 1 or 2: the version of the endpoint. */
  readonly version: 1 | 2;
}

/** Who audits: the host. */
export interface AuditedHost {
  readonly cluster: string;
  readonly containerInstanceArn: string;
}

/**
 * The line that the ECS agent writes for it: time, status, source address, path, user agent, task, event, version, cluster
 * and container instance. The credentials' id is a secret and is not in it. (TMD-7)
 */
export function auditLine(request: CredentialsRequest, host: AuditedHost): string {
  const { atMs, status, sourceAddress, userAgent, payload, credentialsId, version } = request;
  const isExecution = payload?.executionRoleCredentials?.credentialsId === credentialsId;
  return [
    new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    String(status),
    sourceAddress,
    `"/v${version}/credentials"`,
    `"${userAgent.replace(/["\r\n]/g, '')}"`,
    payload?.arn ?? '-',
    isExecution ? 'GetCredentialsExecutionRole' : 'GetCredentials',
    String(version),
    host.cluster,
    host.containerInstanceArn,
  ].join(' ');
}
