import type { Constraints } from '../shapes/table.ts';

/** What is wrong with one member of a request. Dialects turn issues into a service's own code and text. */
export type Issue = TypeIssue | RequiredIssue | EnumIssue | ConstraintIssue | LimitIssue;

/** Steps from the top of the input to a member: member names, map keys and list positions from 0. */
export type Path = readonly (string | number)[];

/** The value is of another kind than the model says, or a number of the wrong range. */
interface TypeIssue {
  readonly kind: 'type';
  readonly path: Path;
  /** What came: `STRING_VALUE`, `NUMBER_VALUE`, `TRUE_VALUE`, `FALSE_VALUE`, `NULL_VALUE`, `list`, `structure`; the text in a form. */
  readonly found: string;
  /** What should have come, by the name the services use: `String`, `Integer`, `Long`, `list`, … */
  readonly wanted: string;
}

/** A required member is absent. */
interface RequiredIssue {
  readonly kind: 'required';
  readonly path: Path;
}

/** The value is not one of the closed set. */
interface EnumIssue {
  readonly kind: 'enum';
  readonly path: Path;
  readonly found: string;
  readonly values: readonly string[];
}

/** The value leaves the bounds of the model. */
export interface ConstraintIssue {
  readonly kind: 'constraint';
  readonly path: Path;
  readonly found: string;
  readonly bound: keyof Constraints;
  readonly limit: number | string;
}

/** The request is bigger or deeper than we read. `limit` is its name. */
export interface LimitIssue {
  readonly kind: 'limit';
  readonly path: Path;
  readonly limit: string;
  readonly allowed: number;
}

/** How deep values may be nested inside a request. */
export const NESTING_DEPTH_MAX_COUNT = 64;

/** More issues than this are not collected: the answer names the first ones. */
const ISSUES_MAX_COUNT = 20;

/** The place of a reader in its input, and what it found wrong so far. One per request. */
export class Walk {
  readonly issues: Issue[] = [];
  readonly #path: (string | number)[] = [];

  /** Goes down one step; false (with an issue) when that is too deep, and then there is nothing to leave. */
  enter(step: string | number): boolean {
    if (this.#path.length >= NESTING_DEPTH_MAX_COUNT) {
      this.add({
        kind: 'limit',
        path: this.at(step),
        limit: 'NestingDepth',
        allowed: NESTING_DEPTH_MAX_COUNT,
      });
      return false;
    }
    this.#path.push(step);
    return true;
  }

  leave(): void {
    this.#path.pop();
  }

  /** The path of a child of the present place. */
  at(step: string | number): Path {
    return [...this.#path, step];
  }

  add(issue: Issue): void {
    if (this.issues.length < ISSUES_MAX_COUNT) this.issues.push(issue);
  }
}

/** `containerDefinitions[0].cpu`: the path as people write it. */
export const pathText = (path: Path): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
