import type { Caller } from '../domain/caller.ts';
import type { Installation } from '../lib/config.ts';
import type { ReadTx } from '../store/store.ts';

/** A tag, whatever its service calls the two. */
export interface TagPair {
  readonly key: string;
  readonly value: string;
}

/** The values of condition keys by name, in lower case; undefined for a key that the request does not have. */
export type CheckKeys = Readonly<Record<Lowercase<string>, string | readonly string[] | undefined>>;

/** One permission that an operation needs. */
export interface AccessCheck {
  /** E.g. `ecs:TagResource`; the operation's own when absent. */
  readonly action?: string | undefined;
  /** An ARN, or `*` for an action without a resource. */
  readonly resource: string;
  readonly keys?: CheckKeys | undefined;
  /** What `aws:RequestTag/…` and `aws:TagKeys` say. */
  readonly requestTags?: readonly TagPair[] | undefined;
  /** `aws:TagKeys` of a request that names tags without values. */
  readonly tagKeys?: readonly string[] | undefined;
  /** What `aws:ResourceTag/…` says. Asked for only when a policy does. */
  readonly resourceTags?: (() => readonly TagPair[]) | undefined;
  /** The trust policy of the role that is to be assumed: it decides too. (AUTH-5) */
  readonly trustPolicy?: string | undefined;
  /** The policy that is attached to the resource, if any. (AUTH-2) */
  readonly resourcePolicy?: string | undefined;
}

/** What a declaration may look at beside the input. */
export interface AccessScene {
  readonly installation: Installation;
  readonly tx: ReadTx;
  readonly caller: Caller;
}

/** The permissions that a request needs, all of them. None for an operation that everybody may use. (AUTH-11) */
export type AccessDeclaration<Input> = (input: Input, scene: AccessScene) => readonly AccessCheck[];

/** The declarations of a service's operations, by AWS name. */
export type AccessDeclarations<
  Operations extends Readonly<Record<keyof Operations, { readonly input: unknown }>>,
> = {
  readonly [Name in keyof Operations]: AccessDeclaration<Operations[Name]['input']>;
};

/** An action that knows no resource. */
export const ANY_RESOURCE = '*';

/** Declares an operation whose action knows no resource and no keys of its own. */
export const withoutResource: AccessDeclaration<unknown> = () => [{ resource: ANY_RESOURCE }];

/** The tags of a request or of a row, in the forms that the services have. */
export function tagPairs(
  tags:
    | readonly { readonly key?: string | undefined; readonly value?: string | undefined }[]
    | readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[]
    | undefined,
): readonly TagPair[] {
  return (tags ?? []).map((tag) =>
    'Key' in tag || 'Value' in tag
      ? { key: tag.Key ?? '', value: tag.Value ?? '' }
      : {
          key: ('key' in tag ? tag.key : undefined) ?? '',
          value: ('value' in tag ? tag.value : undefined) ?? '',
        },
  );
}

/** The tags of a service that has them as one object. */
export const tagEntries = (tags: Readonly<Record<string, string>> | undefined): readonly TagPair[] =>
  Object.entries(tags ?? {}).map(([key, value]) => ({ key, value }));
