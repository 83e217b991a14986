/** A version and the staging labels that are attached to it. */
export interface StagedVersion {
  readonly versionId: string;
  readonly stages: readonly string[];
}

/** The label of the version that is read when none is named. */
export const CURRENT = 'AWSCURRENT';
/** The label of the version that was current before. */
export const PREVIOUS = 'AWSPREVIOUS';

/**
 * Attaches labels to a version. Each label is on one version at a time, so it leaves the one that had it; the version
 * that loses AWSCURRENT gets AWSPREVIOUS. Answers the labels of all versions. (SEC-4)
 */
export function attachStages<Version extends StagedVersion>(
  versions: readonly Version[],
  versionId: string,
  stages: readonly string[],
): readonly Version[] {
  const before = versions.find((version) => version.stages.includes(CURRENT))?.versionId;
  const attached = versions.map((version) => ({
    ...version,
    stages:
      version.versionId === versionId
        ? [...version.stages.filter((stage) => !stages.includes(stage)), ...stages]
        : version.stages.filter((stage) => !stages.includes(stage)),
  }));
  const isCurrentMoved = stages.includes(CURRENT) && before !== undefined && before !== versionId;
  return isCurrentMoved ? attachPrevious(attached, before) : attached;
}

const attachPrevious = <Version extends StagedVersion>(
  versions: readonly Version[],
  versionId: string,
): readonly Version[] =>
  versions.map((version) => {
    const others = version.stages.filter((stage) => stage !== PREVIOUS);
    return { ...version, stages: version.versionId === versionId ? [...others, PREVIOUS] : others };
  });

/** What is wrong with a request to move a label. */
export type StageRefusal =
  | { readonly kind: 'unknown-version'; readonly versionId: string }
  | { readonly kind: 'not-attached'; readonly versionId: string }
  /** The label is on another version, which the request has to name. */
  | { readonly kind: 'source-missing'; readonly holder: string }
  | { readonly kind: 'current-needs-a-version' }
  | { readonly kind: 'nothing-named' };

/** A request to move one label. */
export interface StageMove {
  readonly stage: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Moves, attaches or removes one label; a refusal when the request does not fit what is there. (SEC-5) */
export function moveStage<Version extends StagedVersion>(
  versions: readonly Version[],
  { stage, from, to }: StageMove,
):
  | { readonly kind: 'moved'; readonly versions: readonly Version[] }
  | { readonly kind: 'refused'; readonly refusal: StageRefusal } {
  const refused = (refusal: StageRefusal) => ({ kind: 'refused', refusal }) as const;
  const known = new Set(versions.map(({ versionId }) => versionId));
  for (const versionId of [from, to]) {
    if (versionId !== undefined && !known.has(versionId))
      return refused({ kind: 'unknown-version', versionId });
  }
  const holder = versions.find((version) => version.stages.includes(stage))?.versionId;
  if (from !== undefined && holder !== from) return refused({ kind: 'not-attached', versionId: from });
  if (to === undefined) {
    if (from === undefined) return refused({ kind: 'nothing-named' });
    if (stage === CURRENT) return refused({ kind: 'current-needs-a-version' });
    return { kind: 'moved', versions: withoutStage(versions, stage) };
  }
  if (holder !== undefined && holder !== to && from === undefined)
    return refused({ kind: 'source-missing', holder });
  return { kind: 'moved', versions: attachStages(versions, to, [stage]) };
}

const withoutStage = <Version extends StagedVersion>(
  versions: readonly Version[],
  stage: string,
): readonly Version[] =>
  versions.map((version) => ({ ...version, stages: version.stages.filter((each) => each !== stage) }));
