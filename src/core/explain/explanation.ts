import type { Instant } from '../../lib/clock.ts';

/** Why a task or service is where it is. Everything in it is text for people. (EXP-1) */
export interface Explanation {
  /** e.g. `service web in cluster default`. */
  readonly subject: string;
  /** One sentence: where it is. */
  readonly state: string;
  /** What is known besides: exit codes, reasons, health. */
  readonly facts: readonly string[];
  /** What is being waited for, the most telling first; empty when nothing is. */
  readonly waits: readonly Wait[];
  /** What happens next, and when. */
  readonly next: string;
}

/** One thing that is waited for. */
export interface Wait {
  readonly waitsFor: string;
  readonly since?: Instant | undefined;
  /** When it ends by itself, at the latest. */
  readonly until?: Instant | undefined;
  /** Of a wait for a host: each host that was looked at, and why it is not the one. */
  readonly hosts?: readonly HostLack[] | undefined;
}

/** Why one host does not take a task. */
export interface HostLack {
  readonly hostArn: string;
  /** As in failures, e.g. `RESOURCE:CPU`. */
  readonly reason: string;
  /** The same as a sentence with the amounts. */
  readonly lack: string;
}
