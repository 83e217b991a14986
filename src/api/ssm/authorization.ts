import { parameterArn } from '../../domain/parameter.ts';
import { parameterReference, parameters } from '../../records/parameters.ts';
import type { SsmOperations } from '../../shapes/generated/ssm.ts';
import {
  type AccessCheck,
  type AccessDeclaration,
  type AccessDeclarations,
  type AccessScene,
  tagPairs,
  withoutResource,
} from '../authorization.ts';
import type { ssmSessionAuthorization } from './session-authorization.ts';

/** What policies can know of a parameter, however the request names it. (SSM-8) */
function parameterCheck({ tx, installation }: AccessScene, text: string): AccessCheck {
  const reference = parameterReference(tx, text, installation);
  if (reference === undefined) return { resource: text };
  return {
    resource: parameterArn(installation, reference.name),
    resourceTags: () => tagPairs(tx.get(parameters, reference.name)?.tags),
  };
}

const onName: AccessDeclaration<{ readonly Name: string }> = ({ Name }, scene) => [
  parameterCheck(scene, Name),
];

const onNames: AccessDeclaration<{ readonly Names: readonly string[] }> = ({ Names }, scene) =>
  Names.map((name) => parameterCheck(scene, name));

/** Parameter Store operations with the permissions that they need. (AUTH-11; Service Authorization Reference) */
export const ssmAuthorization: Omit<
  AccessDeclarations<SsmOperations>,
  keyof typeof ssmSessionAuthorization
> = {
  AddTagsToResource: ({ ResourceId, Tags }, scene) => [
    { ...parameterCheck(scene, ResourceId), requestTags: tagPairs(Tags) },
  ],
  DeleteParameter: onName,
  DeleteParameters: onNames,
  DescribeParameters: withoutResource,
  GetParameter: onName,
  GetParameterHistory: onName,
  GetParameters: onNames,
  GetParametersByPath: ({ Path, Recursive }, { installation }) => [
    { resource: parameterArn(installation, Path), keys: { 'ssm:recursive': String(Recursive ?? false) } },
  ],
  LabelParameterVersion: onName,
  ListTagsForResource: ({ ResourceId }, scene) => [parameterCheck(scene, ResourceId)],
  PutParameter: ({ Name, Overwrite, Tags }, scene) => {
    const requestTags = tagPairs(Tags);
    const check: AccessCheck = {
      ...parameterCheck(scene, Name),
      requestTags,
      keys: { 'ssm:overwrite': String(Overwrite ?? false) },
    };
    return requestTags.length === 0 ? [check] : [check, { ...check, action: 'ssm:AddTagsToResource' }];
  },
  RemoveTagsFromResource: ({ ResourceId, TagKeys }, scene) => [
    { ...parameterCheck(scene, ResourceId), tagKeys: TagKeys },
  ],
  UnlabelParameterVersion: onName,
};
