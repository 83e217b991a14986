import type { Parameter } from '../../domain/parameter.ts';
import { refuse } from '../../lib/service-error.ts';
import { parameters } from '../../records/parameters.ts';
import type { ReadTx } from '../../store/store.ts';
import { ssmErrors } from './errors.ts';
import type { SsmOperation } from './operation-record.ts';
import { withTags } from './tags.ts';

interface TaggedInput {
  readonly ResourceType: string;
  readonly ResourceId: string;
}

/** Tags are of parameters alone: nothing else of Systems Manager is here. */
function requireTagged(tx: ReadTx, { ResourceType, ResourceId }: TaggedInput): Parameter {
  if (ResourceType !== 'Parameter') throw ssmErrors.resourceType();
  return tx.get(parameters, ResourceId) ?? refuse(ssmErrors.resourceId());
}

/** Adds or replaces tags of a parameter. */
export const addTagsToResource: SsmOperation<'AddTagsToResource'> = (context, input) =>
  context.store.write((tx) => {
    const row = requireTagged(tx, input);
    tx.put(parameters, { ...row, tags: withTags(row.tags, input.Tags) });
    return {};
  });

/** Removes tags; a key that is not there is no error. */
export const removeTagsFromResource: SsmOperation<'RemoveTagsFromResource'> = (context, input) =>
  context.store.write((tx) => {
    const row = requireTagged(tx, input);
    tx.put(parameters, { ...row, tags: row.tags.filter(({ Key }) => !input.TagKeys.includes(Key)) });
    return {};
  });

/** The tags of a parameter. */
export const listTagsForResource: SsmOperation<'ListTagsForResource'> = (context, input) =>
  context.store.read((tx) => ({ TagList: requireTagged(tx, input).tags }));
