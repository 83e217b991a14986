/** A moment, told apart from a number because it is shown as a date. */
export interface TimeValue {
  readonly timeMs: number;
}

/** What a field or an expression may be; undefined where there is nothing. */
export type Value = string | number | boolean | TimeValue | undefined;

/** Where a piece of a query stands in its text: UTF-16 units, the end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Something that has a value for each row. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
  | { readonly kind: 'aggregate'; readonly name: string; readonly arguments: readonly Expression[] }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'matches'; readonly operand: Expression; readonly pattern: RegExp }
  | { readonly kind: 'contains'; readonly operand: Expression; readonly text: Expression }
  | { readonly kind: 'in'; readonly operand: Expression; readonly list: readonly Expression[] };

/** Operators between two expressions. */
export type BinaryOperator =
  | 'or'
  | 'and'
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^';

/** An expression and the name of its column. */
export interface Column {
  readonly name: string;
  readonly expression: Expression;
}

/** One step of a query. */
export type Command =
  | { readonly kind: 'fields'; readonly columns: readonly Column[] }
  | { readonly kind: 'display'; readonly columns: readonly Column[] }
  | { readonly kind: 'filter'; readonly condition: Expression }
  | {
      readonly kind: 'parse';
      readonly source: Expression;
      /** Gives the extracted fields, or undefined where the text does not match. */
      readonly extract: (text: string) => Readonly<Record<string, string>> | undefined;
    }
  | { readonly kind: 'stats'; readonly columns: readonly Column[]; readonly by: readonly Column[] }
  | {
      readonly kind: 'sort';
      readonly keys: readonly { readonly expression: Expression; readonly isDescending: boolean }[];
    }
  | { readonly kind: 'dedup'; readonly keys: readonly Expression[] }
  | { readonly kind: 'limit'; readonly count: number };

/** A query that was understood, or where it was not and why. (LOG-30) */
export type ParsedQuery =
  | { readonly kind: 'query'; readonly commands: readonly Command[] }
  | { readonly kind: 'malformed'; readonly message: string; readonly at: Span };
