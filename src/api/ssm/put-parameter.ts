import { nameProblem } from '../../core/secrets/parameter-selector.ts';
import {
  type Parameter,
  type ParameterTier,
  type ParameterType,
  type ParameterVersion,
  parameterContext,
} from '../../domain/parameter.ts';
import type { Vault } from '../../lib/vault.ts';
import {
  latestVersion,
  parameters,
  parameterVersions,
  versionsOfParameter,
} from '../../records/parameters.ts';
import type { PutParameterRequest } from '../../shapes/generated/ssm.ts';
import type { WriteTx } from '../../store/store.ts';
import { ssmErrors } from './errors.ts';
import type { SsmOperation } from './operation-record.ts';
import { withTags } from './tags.ts';

const STANDARD_MAX_LENGTH = 4096;
const ADVANCED_MAX_LENGTH = 8192;
/** So many versions are kept; the oldest goes unless it has a label. */
const VERSIONS_MAX_COUNT = 100;
/** A pattern longer than this is refused. */
const PATTERN_MAX_LENGTH = 1024;

/** Makes a parameter or, with `Overwrite`, its next version. (SSM-1, SSM-2) */
export const putParameter =
  (vault: Vault): SsmOperation<'PutParameter'> =>
  (context, input) => {
    checkInput(input);
    return context.store.write((tx) => {
      const known = tx.get(parameters, input.Name);
      const before = known === undefined ? undefined : latestVersion(tx, known);
      if (known !== undefined && input.Overwrite !== true) throw ssmErrors.exists();
      const type = input.Type ?? before?.type;
      if (type === undefined) throw ssmErrors.typeMissing();
      const version = (known?.latest ?? 0) + 1;
      const bytes = Buffer.from(input.Value, 'utf8');
      const row: ParameterVersion = {
        name: input.Name,
        version,
        type,
        tier: tierOf(input, before),
        description: input.Description ?? before?.description,
        allowedPattern: checkedPattern(input, before),
        keyId: keyOf(input, type),
        modifiedAt: context.clock.now(),
        modifiedBy: context.caller.arn,
        labels: [],
        sealed: vault.seal(bytes, parameterContext(input.Name, version)),
      };
      tx.put(parameterVersions, row);
      tx.put(parameters, parameterRow(known, row, input));
      forgetOldest(tx, row.name);
      return { Version: version, Tier: row.tier };
    });
  };

const parameterRow = (
  known: Parameter | undefined,
  { name, version }: ParameterVersion,
  { Tags = [] }: PutParameterRequest,
): Parameter => ({ name, latest: version, tags: known?.tags ?? withTags([], Tags) });

function checkInput(input: PutParameterRequest): void {
  const problem = nameProblem(input.Name);
  if (problem !== undefined) throw ssmErrors.name(problem, input.Name);
  if (input.Policies !== undefined && input.Policies !== '' && input.Policies !== '[]') {
    throw ssmErrors.unsupported('Policies');
  }
  if (input.DataType !== undefined && input.DataType !== '' && input.DataType !== 'text') {
    throw ssmErrors.unsupported(`DataType ${input.DataType.slice(0, 64)}`);
  }
  if (input.Overwrite === true && (input.Tags?.length ?? 0) > 0) throw ssmErrors.tagsWithOverwrite();
  if (input.Value === '') throw ssmErrors.emptyValue();
}

function keyOf(input: PutParameterRequest, type: ParameterType): string | undefined {
  const isNamed = input.KeyId !== undefined && input.KeyId !== '';
  if (type !== 'SecureString') {
    if (isNamed) throw ssmErrors.keyOfPlainValue();
    return undefined;
  }
  if (!isNamed) return 'alias/aws/ssm';
  if (!/^(?:arn:aws:kms:[^:]*:[^:]*:)?alias\/aws\/ssm$/.test(input.KeyId ?? ''))
    throw ssmErrors.customerKey();
  return input.KeyId;
}

/** Intelligent tiering takes the cheapest tier that holds the value. A parameter never goes back to Standard. (SSM-6) */
function tierOf({ Tier, Value }: PutParameterRequest, before: ParameterVersion | undefined): ParameterTier {
  const needed = Value.length > STANDARD_MAX_LENGTH ? 'Advanced' : 'Standard';
  const wasAdvanced = before?.tier === 'Advanced';
  if (Tier === 'Standard' && wasAdvanced) throw ssmErrors.downgrade();
  const tier =
    Tier === 'Advanced' || wasAdvanced ? 'Advanced' : Tier === 'Intelligent-Tiering' ? needed : 'Standard';
  if (tier === 'Standard' && needed === 'Advanced') throw ssmErrors.standardTooLong(STANDARD_MAX_LENGTH);
  if (Value.length > ADVANCED_MAX_LENGTH) throw ssmErrors.advancedTooLong(ADVANCED_MAX_LENGTH);
  return tier;
}

/** The pattern for this version; the value has to fit all of it. */
function checkedPattern(
  { AllowedPattern, Value }: PutParameterRequest,
  before: ParameterVersion | undefined,
): string | undefined {
  const pattern = AllowedPattern ?? before?.allowedPattern;
  if (pattern === undefined || pattern === '') return undefined;
  const expression = compiled(pattern);
  if (!expression.test(Value)) throw ssmErrors.pattern(pattern);
  return pattern;
}

function compiled(pattern: string): RegExp {
  if (pattern.length > PATTERN_MAX_LENGTH) throw ssmErrors.invalidPattern();
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    throw ssmErrors.invalidPattern();
  }
}

function forgetOldest(tx: WriteTx, name: string): void {
  const versions = versionsOfParameter(tx, name);
  const [oldest] = versions;
  if (versions.length <= VERSIONS_MAX_COUNT || oldest === undefined) return;
  if (oldest.labels.length > 0) throw ssmErrors.versionLimit(name, oldest.version);
  tx.delete(parameterVersions, parameterVersions.key(oldest));
}
