import type { DetailType } from '../../domain/events.ts';

/** An event without its envelope: who calls gives it an id, a time and a place. */
export interface EventDraft {
  readonly detailType: DetailType;
  /** The ARN that `resources` holds; absent when there is none. */
  readonly resourceArn: string | undefined;
  readonly serviceArn?: string | undefined;
  readonly detail: Readonly<Record<string, unknown>>;
}
