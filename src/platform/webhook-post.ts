import type { EcsEvent } from '../domain/events.ts';

/** How long a receiver may take to answer. */
const ANSWER_WITHIN_MS = 10_000;

/** Sends an event as JSON. Rejects unless the answer is 2xx and comes in time, and when `signal` gives up; what it says does not name the URL. */
export async function postEvent(url: string, event: EcsEvent, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
    // A redirect would turn the POST into a GET, or send events where nobody asked for them.
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
}
