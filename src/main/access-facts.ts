import type { AccessRequestFacts } from '../api/authorize.ts';
import type { Caller } from '../domain/caller.ts';
import { headerOf, type WireRequest } from '../wire/request.ts';

/** What policies can ask of a request that is no AWS operation: all that they can ask of one that is. (AUTH-12) */
export const accessFacts = (request: WireRequest, caller: Caller): AccessRequestFacts => ({
  caller,
  sourceIp: request.sourceIp,
  userAgent: headerOf(request, 'user-agent'),
  isSecure: request.origin?.startsWith('https:'),
});
