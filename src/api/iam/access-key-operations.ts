import type { AccessKey } from '../../domain/identity.ts';
import { refuse } from '../../lib/service-error.ts';
import { accessKeys } from '../../records/collections.ts';
import { createLongLivedKey } from '../../records/identity.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import { iamErrors } from './errors.ts';
import type { IamOperationRecord } from './operation-record.ts';
import { markedPage } from './paging.ts';
import { requireUser } from './principals.ts';
import { callingUser } from './user-operations.ts';

/** A user has at most this many keys. */
const KEYS_MAX_COUNT = 2;

/** What stands for the service and the region of a key that was never used. */
const NEVER = 'N/A';

/** Whose keys a request is about: the named user's, else the caller's own. */
interface Owner {
  readonly owner: AccessKey['owner'];
  /** The value of the index. */
  readonly index: string;
  readonly userName: string | undefined;
}

function ownerOf(context: Context, tx: ReadTx, given: string | undefined): Owner {
  const named = given ?? callingUser(context);
  if (named === undefined) return { owner: { kind: 'root' }, index: 'root', userName: undefined };
  const { userName } = requireUser(tx, named);
  return { owner: { kind: 'user', userName }, index: `user/${userName}`, userName };
}

/** The long-lived keys of an owner; temporary ones are not listed. */
const keysOf = (tx: ReadTx, { index }: Owner): readonly AccessKey[] =>
  tx.find(accessKeys, 'owner', index).filter(({ expiresAt }) => expiresAt === undefined);

const requireKey = (tx: ReadTx, owner: Owner, accessKeyId: string): AccessKey =>
  keysOf(tx, owner).find((key) => key.accessKeyId === accessKeyId) ??
  refuse(iamErrors.accessKeyNotFound(accessKeyId));

/** Keys that sign requests. The secret is answered once, at creation. (IAM-13) */
export const accessKeyOperations: IamOperationRecord = {
  CreateAccessKey: async (context, { UserName }) => {
    const { store, ids, clock } = context;
    const { key, userName } = await store.write((tx) => {
      const owner = ownerOf(context, tx, UserName);
      if (keysOf(tx, owner).length >= KEYS_MAX_COUNT)
        throw iamErrors.quota('AccessKeysPerUser', KEYS_MAX_COUNT);
      const made = createLongLivedKey(tx, owner.owner, { ids, now: clock.now() });
      return { key: made, userName: owner.userName };
    });
    return {
      AccessKey: {
        UserName: userName ?? '',
        AccessKeyId: key.accessKeyId,
        Status: key.status,
        SecretAccessKey: key.secretAccessKey,
        CreateDate: key.createdAt,
      },
    };
  },
  ListAccessKeys: (context, input) =>
    context.store.read((tx) => {
      const owner = ownerOf(context, tx, input.UserName);
      const { rows, ...page } = markedPage(keysOf(tx, owner), input, accessKeys.key);
      const AccessKeyMetadata = rows.map(({ accessKeyId, status, createdAt }) => ({
        UserName: owner.userName,
        AccessKeyId: accessKeyId,
        Status: status,
        CreateDate: createdAt,
      }));
      return { AccessKeyMetadata, ...page };
    }),
  GetAccessKeyLastUsed: ({ store, caller }, { AccessKeyId }) => {
    const key = store.read((tx) => tx.get(accessKeys, AccessKeyId));
    if (key === undefined) {
      throw iamErrors.accessDenied(caller.arn, 'iam:GetAccessKeyLastUsed', `access key ${AccessKeyId}`);
    }
    const { owner, lastUsed } = key;
    return {
      UserName: owner.kind === 'user' ? owner.userName : undefined,
      AccessKeyLastUsed: {
        ServiceName: lastUsed?.service ?? NEVER,
        Region: lastUsed?.region ?? NEVER,
        LastUsedDate: lastUsed?.at,
      },
    };
  },
  UpdateAccessKey: async (context, { UserName, AccessKeyId, Status }) => {
    if (Status !== 'Active' && Status !== 'Inactive') {
      throw iamErrors.constraint(Status, 'status', 'Member must satisfy enum value set: [Active, Inactive]');
    }
    await context.store.write((tx) => {
      const key = requireKey(tx, ownerOf(context, tx, UserName), AccessKeyId);
      tx.put(accessKeys, { ...key, status: Status });
    });
    return {};
  },
  DeleteAccessKey: async (context, { UserName, AccessKeyId }) => {
    await context.store.write((tx) => {
      const key = requireKey(tx, ownerOf(context, tx, UserName), AccessKeyId);
      tx.delete(accessKeys, key.accessKeyId);
    });
    return {};
  },
};
