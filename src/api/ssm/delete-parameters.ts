import { forgetParameter } from '../../records/parameters.ts';
import { ssmErrors } from './errors.ts';
import type { SsmOperation } from './operation-record.ts';

/** Deletes a parameter with all its versions. */
export const deleteParameter: SsmOperation<'DeleteParameter'> = (context, { Name }) =>
  context.store.write((tx) => {
    if (!forgetParameter(tx, Name)) throw ssmErrors.notFound();
    return {};
  });

/** Deletes several; names that mean nothing are told apart and are no error. */
export const deleteParameters: SsmOperation<'DeleteParameters'> = (context, { Names }) =>
  context.store.write((tx) => {
    const names = [...new Set(Names)];
    const deleted = names.filter((name) => forgetParameter(tx, name));
    return { DeletedParameters: deleted, InvalidParameters: names.filter((name) => !deleted.includes(name)) };
  });
