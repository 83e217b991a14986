import type http from 'node:http';
import type { RuntimeDriver } from '../runtime/driver.ts';

/** An answer of the server behind 169.254.170.2; the body is JSON. */
export interface MetadataAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What the server answers to a token or an id that it does not know. */
export const UNKNOWN_STATUSES: ReadonlySet<number> = new Set([400, 404]);

/** Marks a question of another agent, which is not asked any further. */
const PASSED_ON_HEADER = 'x-gantry-passed-on';
const ANSWER_LIMIT_MS = 2_000;

/** Where the other agents ask from. A container that only writes the header is counted and audited as any. (TMD-7, TMD-8) */
const NEIGHBOUR_ADDRESSES: ReadonlySet<string | undefined> = new Set(['127.0.0.1', '::ffff:127.0.0.1']);

/** Whether another agent asks. */
export const isPassedOn = ({ headers, socket }: http.IncomingMessage): boolean =>
  headers[PASSED_ON_HEADER] !== undefined && NEIGHBOUR_ADDRESSES.has(socket.remoteAddress);

/** A question for other agents: reading, unless a method says otherwise. */
export interface Question {
  readonly path: string;
  readonly method?: string | undefined;
  /** Of methods that carry one. */
  readonly body?: string | undefined;
  /** What an agent answers that does not know the container or the id. */
  readonly unknown?: ReadonlySet<number> | undefined;
}

/**
 * Asks the other agents on this host: in host mode the address is the same for the containers of all of them. Undefined
 * when none knows either. (TMD-11)
 */
export async function askNeighbours(
  driver: Pick<RuntimeDriver, 'otherMetadataPorts'>,
  question: Question,
): Promise<MetadataAnswer | undefined> {
  const { unknown = UNKNOWN_STATUSES } = question;
  const ports = await driver.otherMetadataPorts().catch(() => []);
  const answers = await Promise.all(ports.map((port) => ask(port, question).catch(() => undefined)));
  return answers.find((answer) => answer !== undefined && !unknown.has(answer.status));
}

async function ask(port: number, { path, method = 'GET', body = '' }: Question): Promise<MetadataAnswer> {
  const response = await fetch(`http://127.0.0.1:${port}${path.startsWith('/') ? path : '/'}`, {
    method,
    headers: { [PASSED_ON_HEADER]: '1' },
    ...(body === '' ? {} : { body }),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  });
  return { status: response.status, body: await response.json() };
}
