import { randomPassword } from '../../core/secrets/random-password.ts';
import { secretsErrors } from './errors.ts';
import type { SecretsOperation } from './operation-record.ts';

const LENGTH_DEFAULT = 32;

/** Makes a password; nothing is stored. (SEC-13) */
export const getRandomPassword: SecretsOperation<'GetRandomPassword'> = ({ ids }, input) => {
  const made = randomPassword(
    {
      length: input.PasswordLength ?? LENGTH_DEFAULT,
      excluded: input.ExcludeCharacters ?? '',
      hasDigits: input.ExcludeNumbers !== true,
      hasPunctuation: input.ExcludePunctuation !== true,
      hasUppercase: input.ExcludeUppercase !== true,
      hasLowercase: input.ExcludeLowercase !== true,
      hasSpace: input.IncludeSpace === true,
      requiresEachType: input.RequireEachIncludedType ?? true,
    },
    // 48 bits: what a remainder prefers is far below what anybody could notice.
    (below) => Number.parseInt(ids.hex(12), 16) % below,
  );
  switch (made.kind) {
    case 'password':
      return { RandomPassword: made.text };
    case 'too-short':
      throw secretsErrors.passwordLength();
    case 'nothing-left':
      throw secretsErrors.noPasswordCharacters();
  }
};
