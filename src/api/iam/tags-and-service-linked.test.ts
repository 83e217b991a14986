import { describe, expect, test } from 'vitest';
import { clusters } from '../../records/collections.ts';
import { aCluster, aContext } from '../testing.ts';
import { iamOperations } from './operations.ts';

const PolicyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
});
const PolicyArn = 'arn:aws:iam::123456789012:policy/read';
const EXECUTION_POLICY = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
const Tags = [
  { Key: 'b', Value: '2' },
  { Key: 'a', Value: '1' },
];

const refused = (work: () => unknown) => expect(Promise.resolve().then(work)).rejects;

describe('tags', () => {
  test('[IAM-11] of a policy are put on, listed and taken off; those of AWS cannot be tagged', async () => {
    const context = await aContext();
    await iamOperations.CreatePolicy?.(context, { PolicyName: 'read', PolicyDocument });
    await iamOperations.TagPolicy?.(context, { PolicyArn, Tags });
    expect(await iamOperations.ListPolicyTags?.(context, { PolicyArn })).toMatchObject({
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    });
    await iamOperations.UntagPolicy?.(context, { PolicyArn, TagKeys: ['a'] });
    expect(await iamOperations.ListPolicyTags?.(context, { PolicyArn })).toMatchObject({
      Tags: [{ Key: 'b', Value: '2' }],
      IsTruncated: false,
    });
    const ofAws = { PolicyArn: EXECUTION_POLICY };
    expect(await iamOperations.ListPolicyTags?.(context, ofAws)).toMatchObject({ Tags: [] });
    await refused(() => iamOperations.TagPolicy?.(context, { ...ofAws, Tags })).toMatchObject({
      code: 'AccessDenied',
    });
  });

  test('[IAM-11] of a user are listed by key', async () => {
    const context = await aContext();
    await iamOperations.CreateUser?.(context, { UserName: 'ann', Tags });
    expect(await iamOperations.ListUserTags?.(context, { UserName: 'ann', MaxItems: 1 })).toMatchObject({
      Tags: [{ Key: 'a', Value: '1' }],
      IsTruncated: true,
    });
  });
});

describe('roles', () => {
  test('[IAM-8] UpdateRoleDescription answers the role', async () => {
    const context = await aContext();
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: 'sts:AssumeRole' }],
    });
    await iamOperations.CreateRole?.(context, { RoleName: 'web', AssumeRolePolicyDocument });
    expect(
      await iamOperations.UpdateRoleDescription?.(context, { RoleName: 'web', Description: 'of the web' }),
    ).toMatchObject({ Role: { RoleName: 'web', Description: 'of the web' } });
    await refused(() => iamOperations.DeleteServiceLinkedRole?.(context, { RoleName: 'web' })).toMatchObject({
      code: 'InvalidInputException',
    });
  });

  test('[IAM-14] the role of ECS is deleted when no cluster is left', async () => {
    const context = await aContext();
    const RoleName = 'AWSServiceRoleForECS';
    await iamOperations.CreateServiceLinkedRole?.(context, { AWSServiceName: 'ecs.amazonaws.com' });
    const cluster = await aCluster(context);
    const statusAfterDelete = async () => {
      const answer = await iamOperations.DeleteServiceLinkedRole?.(context, { RoleName });
      const { DeletionTaskId = '' } = answer ?? {};
      expect(DeletionTaskId).toMatch(/^task\/aws-service-role\/ecs\.amazonaws\.com\/AWSServiceRoleForECS\//);
      return iamOperations.GetServiceLinkedRoleDeletionStatus?.(context, { DeletionTaskId });
    };
    expect(await statusAfterDelete()).toMatchObject({
      Status: 'FAILED',
      Reason: { RoleUsageList: [{ Region: 'us-east-1', Resources: [cluster.clusterArn] }] },
    });
    await context.store.write((tx) => tx.put(clusters, { ...cluster, status: 'INACTIVE' }));
    expect(await statusAfterDelete()).toEqual({ Status: 'SUCCEEDED' });
    await refused(() => iamOperations.GetRole?.(context, { RoleName })).toMatchObject({
      code: 'NoSuchEntityException',
    });
    await refused(() =>
      iamOperations.GetServiceLinkedRoleDeletionStatus?.(context, { DeletionTaskId: 'task/other' }),
    ).toMatchObject({ code: 'NoSuchEntityException' });
  });
});
