import type { Instant } from '../lib/clock.ts';
import { tasks } from '../records/collections.ts';
import type { Commit, Store } from '../store/store.ts';
import { CountChecks } from './count-checks.ts';
import { checkHostRules } from './host-checks.ts';
import { checkRecords } from './record-checks.ts';
import { checkServices } from './service-checks.ts';
import { TaskChecks } from './task-checks.ts';
import type { Report } from './violation.ts';
import type { World } from './world.ts';

/** Commits at one instant above this, and a few for each host and task, are a controller that does not come to rest. (SIM-10) */
const COMMITS_AT_ONCE_MAX_COUNT = 400;
const COMMITS_OF_A_ROW = 4;
const LEARNS_WITHIN_MS = 1_000;

/** Checks every commit against the safety rules. */
export class SafetyChecks {
  readonly #world: World;
  readonly #report: Report;
  readonly #tasks: TaskChecks;
  readonly #counts: CountChecks;
  #instant: Instant | undefined;
  #commitCount = 0;

  constructor({ world, report }: { readonly world: World; readonly report: Report }) {
    this.#world = world;
    this.#report = report;
    this.#tasks = new TaskChecks(report, (arn) => world.hostOf(arn)?.hasLied === true);
    this.#counts = new CountChecks(report);
  }

  check(commit: Commit, store: Store): void {
    this.#countCommits(store);
    const now = this.#world.clock.now();
    store.read((tx) => {
      this.#tasks.check(tx, commit, now);
      checkHostRules(tx, commit, { report: this.#report, isLongAway: (arn) => this.#isLongAway(arn, now) });
      checkRecords(tx, commit, this.#report);
      checkServices(tx, commit, { now, report: this.#report });
      this.#counts.check(tx, commit);
    });
  }

  /** A slow disk takes a moment to learn that a host went away. */
  #isLongAway(instanceArn: string, now: Instant): boolean {
    const awaySince = this.#world.hostOf(instanceArn)?.awaySince;
    return awaySince !== undefined && now - awaySince > LEARNS_WITHIN_MS;
  }

  #countCommits(store: Store): void {
    const now = this.#world.clock.now();
    if (this.#instant !== now) this.#commitCount = 0;
    this.#instant = now;
    this.#commitCount += 1;
    if (this.#commitCount <= COMMITS_AT_ONCE_MAX_COUNT) return;
    const rowCount = store.read((tx) => tx.all(tasks).length) + this.#world.hosts.length;
    const most = COMMITS_AT_ONCE_MAX_COUNT + COMMITS_OF_A_ROW * rowCount;
    if (this.#commitCount > most) this.#report('SIM-10', `more than ${most} commits at one instant`);
  }
}
