import type { RoleCredentials } from '../domain/task-payload.ts';
import type { SigningCredentials } from '../link/sigv4-sign.ts';

/**
 * The credentials of tasks' roles, in memory only: after a restart of the agent the control plane sends them again.
 * An id that a task of this host has, but whose credentials have not arrived yet, is expected.
 */
export interface CredentialsBook {
  put(credentials: RoleCredentials): void;
  get(credentialsId: string): RoleCredentials | undefined;
  /** Remembers that the id is one of ours. */
  expect(credentialsId: string): void;
  isExpected(credentialsId: string): boolean;
  forget(credentialsId: string): void;
}

/** An empty book. */
export function credentialsBook(): CredentialsBook {
  const held = new Map<string, RoleCredentials>();
  const expected = new Set<string>();
  return {
    put: (credentials) => {
      expected.add(credentials.credentialsId);
      held.set(credentials.credentialsId, credentials);
    },
    get: (credentialsId) => held.get(credentialsId),
    expect: (credentialsId) => {
      expected.add(credentialsId);
    },
    isExpected: (credentialsId) => expected.has(credentialsId),
    forget: (credentialsId) => {
      held.delete(credentialsId);
      expected.delete(credentialsId);
    },
  };
}

/** The part of a role's credentials that signs. */
export const signingPart = (credentials: RoleCredentials): SigningCredentials => ({
  accessKeyId: credentials.accessKeyId,
  secretAccessKey: credentials.secretAccessKey,
  sessionToken: credentials.sessionToken,
});
