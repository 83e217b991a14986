/** A rule that was broken. `ruleId` is in docs/spec/simulator.md. */
export interface Violation {
  readonly ruleId: string;
  readonly message: string;
}

/** Takes note of broken rules. The first one ends a run. */
export type Report = (ruleId: string, message: string) => void;
