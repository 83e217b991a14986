import { type ParameterSelector, selectorText } from '../../core/secrets/parameter-selector.ts';
import { type ParameterVersion, parameterArn, parameterContext } from '../../domain/parameter.ts';
import type { Vault } from '../../lib/vault.ts';
import type { Context } from '../operation.ts';

/** The value of a version. One that is encrypted for the caller stays so unless decryption is asked for. (SSM-2) */
export function readValue(vault: Vault, version: ParameterVersion, isDecrypted: boolean): string {
  if (version.type === 'SecureString' && !isDecrypted) return version.sealed;
  const bytes = vault.open(version.sealed, parameterContext(version.name, version.version));
  return Buffer.from(bytes).toString('utf8');
}

/** A parameter with its value. */
export const parameterAnswer = (
  { installation }: Pick<Context, 'installation'>,
  version: ParameterVersion,
  read: { readonly value: string; readonly selector?: ParameterSelector | undefined },
) => ({
  Name: version.name,
  Type: version.type,
  Value: read.value,
  Version: version.version,
  Selector: read.selector === undefined ? undefined : selectorText(read.selector),
  LastModifiedDate: version.modifiedAt,
  ARN: parameterArn(installation, version.name),
  DataType: 'text',
});

/** What DescribeParameters and GetParameterHistory both say of a version; never a value. */
export const versionFacts = (version: ParameterVersion) => ({
  Name: version.name,
  Type: version.type,
  KeyId: version.keyId,
  LastModifiedDate: version.modifiedAt,
  LastModifiedUser: version.modifiedBy,
  Description: version.description,
  AllowedPattern: version.allowedPattern,
  Version: version.version,
  Tier: version.tier,
  Policies: [],
  DataType: 'text',
});
