import { parsePattern } from './parse-pattern.ts';
import { type CharSet, holdsChar, type PatternNode, type PatternRefusal } from './pattern-node.ts';

/** A pattern made ready: `matches` says whether it matches the whole text. */
export type CompiledPattern =
  | { readonly kind: 'compiled'; readonly matches: (text: string) => boolean }
  | PatternRefusal;

/** One step of a pattern's program. */
type Step =
  | { readonly kind: 'set'; readonly set: CharSet; readonly next: number }
  | { readonly kind: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'fork'; readonly to: readonly number[] }
  | { readonly kind: 'done' };

/** The most steps of a program. Matching costs at most this many per character. */
const STEPS_MAX_COUNT = 2000;

/**
 * Makes a pattern ready. Matching follows all ways at once, so its cost is bounded by steps × characters whatever the
 * pattern: no text and no pattern can make it take long. (PLC-12)
 */
export function compilePattern(text: string): CompiledPattern {
  const parsed = parsePattern(text);
  if (parsed.kind === 'refused') return parsed;
  if (stepCount(parsed.node) > STEPS_MAX_COUNT) {
    return { kind: 'refused', offset: 0, message: 'the pattern is too large' };
  }
  const steps: Step[] = [{ kind: 'done' }];
  const first = emit(steps, parsed.node, 0);
  const { ignoresCase } = parsed;
  return { kind: 'compiled', matches: (whole) => run({ steps, first, ignoresCase }, whole) };
}

function stepCount(node: PatternNode): number {
  switch (node.kind) {
    case 'set':
    case 'start':
    case 'end':
      return 1;
    case 'sequence':
    case 'choice':
      return node.parts.reduce((sum, part) => sum + stepCount(part), 1);
    case 'repeat':
      return 1 + (stepCount(node.body) + 1) * Math.max(1, node.max ?? node.min + 1);
  }
}

/** Writes the steps of `node` that lead on to `next`, and answers the first of them. Programs grow from their end. */
function emit(steps: Step[], node: PatternNode, next: number): number {
  switch (node.kind) {
    case 'set':
      return steps.push({ kind: 'set', set: node.set, next }) - 1;
    case 'start':
    case 'end':
      return steps.push({ kind: node.kind, next }) - 1;
    case 'sequence':
      return node.parts.reduceRight((after, part) => emit(steps, part, after), next);
    case 'choice':
      return steps.push({ kind: 'fork', to: node.parts.map((part) => emit(steps, part, next)) }) - 1;
    case 'repeat':
      return emitRepeat(steps, node, next);
  }
}

function emitRepeat(
  steps: Step[],
  { body, min, max }: Extract<PatternNode, { kind: 'repeat' }>,
  next: number,
): number {
  let entry = next;
  if (max === undefined) {
    entry = steps.push({ kind: 'done' }) - 1;
    steps[entry] = { kind: 'fork', to: [emit(steps, body, entry), next] };
  } else {
    for (let count = min; count < max; count += 1) {
      entry = steps.push({ kind: 'fork', to: [emit(steps, body, entry), next] }) - 1;
    }
  }
  for (let count = 0; count < min; count += 1) entry = emit(steps, body, entry);
  return entry;
}

interface Program {
  readonly steps: readonly Step[];
  readonly first: number;
  readonly ignoresCase: boolean;
}

function run(program: Program, text: string): boolean {
  const chars = [...text];
  let here = reach(program, [program.first], { isStart: true, isEnd: chars.length === 0 });
  for (const [at, char] of chars.entries()) {
    const points = pointsOf(program, char);
    const next: number[] = [];
    for (const place of here) {
      const step = program.steps[place];
      if (step?.kind === 'set' && points.some((point) => holdsChar(step.set, point))) next.push(step.next);
    }
    if (next.length === 0) return false;
    here = reach(program, next, { isStart: false, isEnd: at === chars.length - 1 });
  }
  return here.has(0);
}

function pointsOf({ ignoresCase }: Program, char: string): readonly number[] {
  const forms = ignoresCase ? [char, char.toLowerCase(), char.toUpperCase()] : [char];
  return forms.map((form) => form.codePointAt(0) ?? 0);
}

/** All steps that can be reached without reading a character. */
function reach(
  { steps }: Program,
  from: readonly number[],
  place: { readonly isStart: boolean; readonly isEnd: boolean },
): ReadonlySet<number> {
  const seen = new Set<number>();
  const waiting = [...from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const step = steps[at];
    if (step?.kind === 'fork') waiting.push(...step.to);
    if (step?.kind === 'start' && place.isStart) waiting.push(step.next);
    if (step?.kind === 'end' && place.isEnd) waiting.push(step.next);
  }
  return seen;
}
