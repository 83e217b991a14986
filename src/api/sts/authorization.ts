import { findRoleByArn } from '../../records/identity.ts';
import type { StsOperations } from '../../shapes/generated/sts.ts';
import { type AccessDeclarations, ANY_RESOURCE, tagPairs, withoutResource } from '../authorization.ts';

/** STS operations with the permissions that they need. (AUTH-11; Service Authorization Reference, AWS STS) */
export const stsAuthorization: Partial<AccessDeclarations<StsOperations>> = {
  AssumeRole: (input, { tx }) => {
    const role = findRoleByArn(tx, input.RoleArn);
    const check = {
      resource: input.RoleArn,
      keys: {
        'sts:externalid': input.ExternalId,
        'sts:rolesessionname': input.RoleSessionName,
        'sts:sourceidentity': input.SourceIdentity,
        'sts:transitivetagkeys': input.TransitiveTagKeys,
      },
      requestTags: tagPairs(input.Tags),
      resourceTags: () => role?.tags ?? [],
      trustPolicy: role?.assumeRolePolicyDocument ?? '',
    };
    return [
      check,
      ...(check.requestTags.length === 0 ? [] : [{ ...check, action: 'sts:TagSession' }]),
      ...(input.SourceIdentity === undefined ? [] : [{ ...check, action: 'sts:SetSourceIdentity' }]),
    ];
  },
  // The token of the identity provider and the trust policy decide; there is no caller whose policies could.
  AssumeRoleWithWebIdentity: () => [],
  DecodeAuthorizationMessage: () => [{ resource: ANY_RESOURCE }],
  GetAccessKeyInfo: withoutResource,
  // Everybody may ask who they are, and for a session of their own, whatever policies say.
  GetCallerIdentity: () => [],
  GetSessionToken: () => [],
};
