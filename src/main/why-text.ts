import { isoTime } from '../core/explain/explain-service.ts';
import type { Explanation, HostLack, Wait } from '../core/explain/explanation.ts';

/** Hosts that are named one by one. */
const HOSTS_MAX_COUNT = 20;

/** An explanation as lines for a terminal. */
export function whyText({ subject, state, facts, waits, next }: Explanation): string {
  return [
    subject,
    `  ${state}`,
    ...facts.map((fact) => `  ${fact}`),
    ...waits.flatMap(waitLines),
    `  next: ${next}`,
    '',
  ].join('\n');
}

function waitLines({ waitsFor, since, until, hosts = [] }: Wait): readonly string[] {
  const times = [
    ...(since === undefined ? [] : [`since ${isoTime(since)}`]),
    ...(until === undefined ? [] : [`until ${isoTime(until)}`]),
  ];
  const rest = hosts.length - HOSTS_MAX_COUNT;
  return [
    `  waits for ${waitsFor}${times.length === 0 ? '' : ` (${times.join(', ')})`}`,
    ...hosts.slice(0, HOSTS_MAX_COUNT).map(hostLine),
    ...(rest > 0 ? [`    and ${rest} more hosts`] : []),
  ];
}

const hostLine = ({ hostArn, reason, lack }: HostLack): string =>
  `    ${hostArn.slice(hostArn.lastIndexOf('/') + 1)}: ${lack}${lack === reason ? '' : ` [${reason}]`}`;
