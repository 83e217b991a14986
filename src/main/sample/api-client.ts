import { type SigningCredentials, signRequest } from '../../link/sigv4-sign.ts';
import type { Ec2Operations } from '../../shapes/generated/ec2.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';

/** Where calls go, and as whom. */
export interface ApiTarget {
  readonly endpointUrl: string;
  readonly region: string;
  readonly credentials: SigningCredentials;
}

/** Calls an ECS operation as any client would: signed, over HTTP. Times in answers are epoch seconds, as on the wire. */
export async function callEcs<Name extends keyof EcsOperations>(
  target: ApiTarget,
  operation: Name,
  input: EcsOperations[Name]['input'],
): Promise<EcsOperations[Name]['output']> {
  const body = JSON.stringify(input);
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
  };
  const answer = await post(target, { service: 'ecs', headers, body });
  return JSON.parse(answer) as EcsOperations[Name]['output'];
}

/** The ids of all subnets: the one fact the sample needs of EC2, read from the answer's XML. */
export async function subnetIds(target: ApiTarget): Promise<readonly string[]> {
  const operation: keyof Ec2Operations = 'DescribeSubnets';
  const answer = await post(target, {
    service: 'ec2',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `Action=${operation}&Version=2016-11-15`,
  });
  return [...answer.matchAll(/<subnetId>([^<]+)<\/subnetId>/g)].map(([, id = '']) => id);
}

async function post(
  target: ApiTarget,
  request: {
    readonly service: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  },
): Promise<string> {
  const { host: _host, ...headers } = signRequest({
    method: 'POST',
    url: `${target.endpointUrl}/`,
    headers: request.headers,
    body: request.body,
    credentials: target.credentials,
    region: target.region,
    service: request.service,
    now: Date.now(),
  });
  const response = await fetch(`${target.endpointUrl}/`, { method: 'POST', headers, body: request.body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${request.service} answered ${response.status}: ${text}`);
  return text;
}
