import { describe, expect, test } from 'vitest';
import { AWS_MANAGED_POLICIES } from './aws-managed-policies.ts';
import { identityPolicyProblem } from './policy-document.ts';

describe('AWS_MANAGED_POLICIES', () => {
  test.each([...AWS_MANAGED_POLICIES.values()])(
    '[IAM-5] $policyName is a policy that IAM takes',
    ({ document }) => {
      expect(identityPolicyProblem(document)).toBeUndefined();
    },
  );

  test('[IAM-5] the task execution role may pull and log, and no more', () => {
    const found = AWS_MANAGED_POLICIES.get(
      'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy',
    );
    expect(JSON.parse(found?.document ?? '')).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: [
            'ecr:GetAuthorizationToken',
            'ecr:BatchCheckLayerAvailability',
            'ecr:GetDownloadUrlForLayer',
            'ecr:BatchGetImage',
            'logs:CreateLogStream',
            'logs:PutLogEvents',
          ],
          Resource: '*',
        },
      ],
    });
  });
});
