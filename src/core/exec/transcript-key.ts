/** The key of a session's transcript below a prefix, slashes made single as AWS's agent joins them. (EXE-53) */
export const transcriptKey = (keyPrefix: string, sessionId: string): string =>
  (keyPrefix === '' ? `${sessionId}.log` : `${keyPrefix}/${sessionId}.log`).replace(/\/{2,}/g, '/');
