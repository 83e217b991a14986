import { isLabel } from '../../core/secrets/parameter-selector.ts';
import type { ParameterVersion } from '../../domain/parameter.ts';
import { refuse } from '../../lib/service-error.ts';
import { parameters, parameterVersions, versionsOfParameter } from '../../records/parameters.ts';
import type { ReadTx } from '../../store/store.ts';
import { ssmErrors } from './errors.ts';
import type { SsmOperation } from './operation-record.ts';

/** A version has at most this many labels. */
const LABELS_MAX_COUNT = 10;

interface VersionInput {
  readonly Name: string;
  readonly ParameterVersion?: number | undefined;
}

function requireVersion(
  tx: ReadTx,
  { Name, ParameterVersion: number }: VersionInput,
): { readonly versions: readonly ParameterVersion[]; readonly wanted: ParameterVersion } {
  const parameter = tx.get(parameters, Name) ?? refuse(ssmErrors.notFound());
  const versions = versionsOfParameter(tx, Name);
  const version = number ?? parameter.latest;
  const wanted =
    versions.find((each) => each.version === version) ??
    refuse(ssmErrors.versionNotFound(Name, String(version)));
  return { versions, wanted };
}

/** Attaches labels to a version; each leaves the version that had it. Texts that cannot be labels are told apart. (SSM-5) */
export const labelParameterVersion: SsmOperation<'LabelParameterVersion'> = (context, input) =>
  context.store.write((tx) => {
    const { versions, wanted } = requireVersion(tx, input);
    const labels = [...new Set(input.Labels)].filter(isLabel);
    const all = [...wanted.labels.filter((label) => !labels.includes(label)), ...labels];
    if (all.length > LABELS_MAX_COUNT) throw ssmErrors.labelLimit(LABELS_MAX_COUNT);
    for (const version of versions) {
      const left = version.labels.filter((label) => !labels.includes(label));
      const isWanted = version.version === wanted.version;
      if (isWanted || left.length !== version.labels.length) {
        tx.put(parameterVersions, { ...version, labels: isWanted ? all : left });
      }
    }
    return {
      InvalidLabels: input.Labels.filter((label) => !isLabel(label)),
      ParameterVersion: wanted.version,
    };
  });

/** Removes labels from a version; those it does not have are told apart. (SSM-5) */
export const unlabelParameterVersion: SsmOperation<'UnlabelParameterVersion'> = (context, input) =>
  context.store.write((tx) => {
    const { wanted } = requireVersion(tx, input);
    const labels = [...new Set(input.Labels)];
    const removed = labels.filter((label) => wanted.labels.includes(label));
    tx.put(parameterVersions, {
      ...wanted,
      labels: wanted.labels.filter((label) => !removed.includes(label)),
    });
    return { RemovedLabels: removed, InvalidLabels: labels.filter((label) => !removed.includes(label)) };
  });
