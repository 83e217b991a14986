import type { ParameterSelector } from '../../core/secrets/parameter-selector.ts';
import type { ParameterVersion } from '../../domain/parameter.ts';
import { refuse } from '../../lib/service-error.ts';
import type { Vault } from '../../lib/vault.ts';
import {
  latestVersion,
  parameterReference,
  parameters,
  versionsOfParameter,
} from '../../records/parameters.ts';
import type { ReadTx } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import { ssmErrors } from './errors.ts';
import type { SsmOperation } from './operation-record.ts';
import { parameterAnswer, readValue } from './parameter-shape.ts';

interface Found {
  readonly version: ParameterVersion;
  readonly selector: ParameterSelector;
}

/** Finds the version that a name, an ARN or a selector means. (SSM-3) */
function findVersion(tx: ReadTx, { installation }: Context, text: string): Found {
  const selector = parameterReference(tx, text, installation) ?? refuse(ssmErrors.notFound());
  const parameter = tx.get(parameters, selector.name) ?? refuse(ssmErrors.notFound());
  const { version: number, label } = selector;
  const version =
    number === undefined && label === undefined
      ? latestVersion(tx, parameter)
      : versionsOfParameter(tx, parameter.name).find((each) =>
          label === undefined ? each.version === number : each.labels.includes(label),
        );
  return {
    version: version ?? refuse(ssmErrors.versionNotFound(parameter.name, label ?? String(number))),
    selector,
  };
}

/** Reads one parameter. */
export const getParameter =
  (vault: Vault): SsmOperation<'GetParameter'> =>
  (context, { Name, WithDecryption = false }) =>
    context.store.read((tx) => {
      const { version, selector } = findVersion(tx, context, Name);
      const value = readValue(vault, version, WithDecryption);
      return { Parameter: parameterAnswer(context, version, { value, selector }) };
    });

/** Reads several; a name that means nothing is told apart and is no error. (SSM-7) */
export const getParameters =
  (vault: Vault): SsmOperation<'GetParameters'> =>
  (context, { Names, WithDecryption = false }) =>
    context.store.read((tx) => {
      const invalid: string[] = [];
      const found = [...new Set(Names)].flatMap((name) => {
        const each = foundOrNot(tx, context, name);
        if (each === undefined) invalid.push(name);
        return each ?? [];
      });
      return {
        Parameters: found.map(({ version, selector }) =>
          parameterAnswer(context, version, { value: readValue(vault, version, WithDecryption), selector }),
        ),
        InvalidParameters: invalid,
      };
    });

function foundOrNot(tx: ReadTx, context: Context, name: string): Found | undefined {
  const reference = parameterReference(tx, name, context.installation);
  if (reference === undefined || tx.get(parameters, reference.name) === undefined) return undefined;
  const { version, label } = reference;
  const isThere =
    (version === undefined && label === undefined) ||
    versionsOfParameter(tx, reference.name).some((each) =>
      label === undefined ? each.version === version : each.labels.includes(label),
    );
  return isThere ? findVersion(tx, context, name) : undefined;
}
