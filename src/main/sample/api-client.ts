import type { Ec2Operations } from '../../shapes/generated/ec2.ts';
import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import { CallRefused, type RequestTarget, signedCall, signedRequest } from '../signed-request.ts';

/** Calls an ECS operation as any client would. Times in answers are epoch seconds, as on the wire. */
export const callEcs = <Name extends keyof EcsOperations>(
  target: RequestTarget,
  operation: Name,
  input: EcsOperations[Name]['input'],
): Promise<EcsOperations[Name]['output']> => signedCall(target, { service: 'ecs', operation, input });

/** The ids of all subnets: the one fact the sample needs of EC2, read from the answer's XML. */
export async function subnetIds(target: RequestTarget): Promise<readonly string[]> {
  const operation: keyof Ec2Operations = 'DescribeSubnets';
  const response = await signedRequest(target, {
    method: 'POST',
    path: '/',
    service: 'ec2',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `Action=${operation}&Version=2016-11-15`,
  });
  const answer = await response.text();
  if (!response.ok) throw new CallRefused(String(response.status), `ec2 answered: ${answer}`);
  return [...answer.matchAll(/<subnetId>([^<]+)<\/subnetId>/g)].map(([, id = '']) => id);
}
