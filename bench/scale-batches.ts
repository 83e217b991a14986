import type { Target } from './load.ts';

/** What the thread of the simulated hosts is started with. */
export interface HostsStart {
  readonly target: Target;
  readonly cluster: string;
  readonly instanceArns: readonly string[];
}

/** The number of a host's socket: the host's index, twice, and one more for metrics. */
export const acsSocket = (host: number): number => host * 2;
/** The number of the socket that carries a host's metrics. */
export const tcsSocket = (host: number): number => host * 2 + 1;
/** The index of the host whose commands come over a socket; undefined when the socket carries metrics. */
export const commandedHost = (socket: number): number | undefined =>
  socket % 2 === 0 ? socket / 2 : undefined;

/** Frames of all sockets in the order in which they were sent: the number of the socket and the text, at the same index. */
export interface Frames {
  readonly sockets: number[];
  readonly texts: string[];
}

/** Answers to reports: the report's number and an HTTP status, at the same index. */
export interface Answers {
  readonly answered: number[];
  readonly statuses: number[];
}

/** Reports: a number for the answer and the signed call as JSON, at the same index. */
interface Reports {
  readonly reports: number[];
  readonly calls: string[];
}

/** What the control plane's thread sends in one turn. */
export type ToHosts = Frames & Answers;
/** What the hosts' thread sends in one turn. */
export type ToPlane = Frames & Reports;

/** The message that asks the hosts' thread for its `Standing`. */
export const HOW_IT_STANDS = 'how it stands';

/** How the hosts' thread stands when it has read everything that was sent before the question. */
export interface Standing {
  /** CPU time that the thread has used. */
  readonly cpuMs: number;
  /** Nothing waits to be reported, and no report is without an answer. */
  readonly isIdle: boolean;
}

export const noFrames = (): Frames => ({ sockets: [], texts: [] });
export const noAnswers = (): Answers => ({ answered: [], statuses: [] });
export const nothingToPlane = (): ToPlane => ({ sockets: [], texts: [], reports: [], calls: [] });
