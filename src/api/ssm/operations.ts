import type { Vault } from '../../lib/vault.ts';
import { deleteParameter, deleteParameters } from './delete-parameters.ts';
import { getParameter, getParameters } from './get-parameter.ts';
import { labelParameterVersion, unlabelParameterVersion } from './label-operations.ts';
import { describeParameters, getParameterHistory, getParametersByPath } from './list-parameters.ts';
import type { SsmOperationRecord } from './operation-record.ts';
import { putParameter } from './put-parameter.ts';
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from './tag-operations.ts';

/** Every Systems Manager operation that is there: those of Parameter Store. Values are sealed by `vault` before they are stored. */
export const ssmOperations = (vault: Vault): SsmOperationRecord => ({
  AddTagsToResource: addTagsToResource,
  DeleteParameter: deleteParameter,
  DeleteParameters: deleteParameters,
  DescribeParameters: describeParameters,
  GetParameter: getParameter(vault),
  GetParameterHistory: getParameterHistory(vault),
  GetParameters: getParameters(vault),
  GetParametersByPath: getParametersByPath(vault),
  LabelParameterVersion: labelParameterVersion,
  ListTagsForResource: listTagsForResource,
  PutParameter: putParameter(vault),
  RemoveTagsFromResource: removeTagsFromResource,
  UnlabelParameterVersion: unlabelParameterVersion,
});
