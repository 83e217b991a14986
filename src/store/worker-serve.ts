import { parentPort } from 'node:worker_threads';
import { assert } from '../lib/assert.ts';
import { errorText } from '../lib/error-text.ts';
import type { WorkerReply, WorkerRequest } from './worker-calls.ts';

/** Answers the calls of a `WorkerCalls`. `handle` returns the result. */
export function serveWorkerCalls<Request>(handle: (request: Request) => unknown): void {
  const port = parentPort;
  assert(port !== null, 'this script runs in a worker thread');
  const send = (reply: WorkerReply): void => port.postMessage(reply);
  port.on('message', ({ id, request }: WorkerRequest<Request>) => {
    try {
      const result = handle(request);
      send({ id, kind: 'result', result });
    } catch (error) {
      send({ id, kind: 'error', message: errorText(error) });
    }
  });
}
