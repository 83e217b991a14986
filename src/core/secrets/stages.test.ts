import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attachStages, CURRENT, moveStage, PREVIOUS, type StagedVersion } from './stages.ts';

const ids = ['v1', 'v2', 'v3', 'v4'];
const aLabel = fc.constantFrom(CURRENT, PREVIOUS, 'AWSPENDING', 'BLUE', 'GREEN');

/** Versions as a run of changes leaves them. */
const someVersions = fc
  .array(
    fc.record({ versionId: fc.constantFrom(...ids), stages: fc.uniqueArray(aLabel, { minLength: 1 }) }),
    { maxLength: 12 },
  )
  .map((changes) =>
    changes.reduce<readonly StagedVersion[]>(
      (versions, { versionId, stages }) => attachStages(versions, versionId, stages),
      ids.map((versionId) => ({ versionId, stages: [] })),
    ),
  );

const holders = (versions: readonly StagedVersion[], stage: string): readonly string[] =>
  versions.filter(({ stages }) => stages.includes(stage)).map(({ versionId }) => versionId);

describe('attachStages', () => {
  test('[SEC-4] a label is on one version at most, and the attached ones are where they were put', () => {
    fc.assert(
      fc.property(
        someVersions,
        fc.constantFrom(...ids),
        fc.uniqueArray(aLabel, { minLength: 1 }),
        (before, id, stages) => {
          const after = attachStages(before, id, stages);
          for (const stage of [CURRENT, PREVIOUS, 'AWSPENDING', 'BLUE', 'GREEN']) {
            expect(holders(after, stage).length).toBeLessThanOrEqual(1);
          }
          for (const stage of stages.filter((each) => each !== PREVIOUS)) {
            expect(holders(after, stage)).toEqual([id]);
          }
        },
      ),
    );
  });

  test('[SEC-4] what was current becomes previous, exactly when another becomes current', () => {
    fc.assert(
      fc.property(someVersions, fc.constantFrom(...ids), fc.boolean(), (before, id, isCurrent) => {
        const [current] = holders(before, CURRENT);
        const after = attachStages(before, id, [isCurrent ? CURRENT : 'BLUE']);
        const isMoved = isCurrent && current !== undefined && current !== id;
        expect(holders(after, PREVIOUS)).toEqual(isMoved ? [current] : holders(before, PREVIOUS));
      }),
    );
  });
});

describe('moveStage', () => {
  const aMove = fc.record({
    stage: aLabel,
    from: fc.option(fc.constantFrom(...ids, 'none'), { nil: undefined }),
    to: fc.option(fc.constantFrom(...ids, 'none'), { nil: undefined }),
  });

  test('[SEC-5] AWSCURRENT never disappears, and a move ends where it says', () => {
    fc.assert(
      fc.property(someVersions, aMove, (before, move) => {
        const moved = moveStage(before, move);
        if (moved.kind === 'refused') return;
        if (holders(before, CURRENT).length > 0) expect(holders(moved.versions, CURRENT)).toHaveLength(1);
        expect(holders(moved.versions, move.stage)).toEqual(move.to === undefined ? [] : [move.to]);
      }),
    );
  });

  test('[SEC-5] a label on another version is only moved when that version is named', () => {
    fc.assert(
      fc.property(someVersions, aMove, (before, move) => {
        const [holder] = holders(before, move.stage);
        if (holder === undefined || move.to === undefined || holder === move.to || move.from === holder)
          return;
        expect(moveStage(before, move).kind).toBe('refused');
      }),
    );
  });
});
