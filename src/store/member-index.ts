import type { IndexValue, MemberIndex } from './store.ts';

/**
 * Declares an index that is costly to read, such as one with composed values: a write that leaves the named members
 * alone does not read it. `read` sees no other members.
 */
export const memberIndex = <Row, Member extends keyof Row>(
  members: readonly Member[],
  read: (row: Pick<Row, Member>) => IndexValue,
): MemberIndex<Row> => ({ members, read });
