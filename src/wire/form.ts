import type { LimitIssue } from './issue.ts';

/** One step of the names in a form: `Tags.member.1.Key` is four of them. */
export interface FormNode {
  value: string | undefined;
  children: Map<string, FormNode> | undefined;
}

/** More parameters than this are refused before they are read. */
const FORM_PARAMETERS_MAX_COUNT = 20_000;

/** Names with more dots than this are refused. */
const FORM_NAME_DEPTH_MAX_COUNT = 48;

/** A form as a tree of the steps of its names, or the limit that it broke. Of equal names the last one counts. */
export type ParsedForm =
  | { readonly kind: 'form'; readonly root: FormNode }
  | { readonly kind: 'refused'; readonly issue: LimitIssue };

/** Reads `application/x-www-form-urlencoded` text. */
export function parseForm(text: string): ParsedForm {
  const root = newNode();
  let count = 0;
  for (const part of text.split('&')) {
    if (part === '') continue;
    count += 1;
    if (count > FORM_PARAMETERS_MAX_COUNT) return refused('FormParameters', FORM_PARAMETERS_MAX_COUNT);
    const cut = part.indexOf('=');
    const name = formDecode(cut < 0 ? part : part.slice(0, cut));
    const steps = name.split('.', FORM_NAME_DEPTH_MAX_COUNT + 1);
    if (steps.length > FORM_NAME_DEPTH_MAX_COUNT) return refused('FormNameDepth', FORM_NAME_DEPTH_MAX_COUNT);
    nodeAt(root, steps).value = cut < 0 ? '' : formDecode(part.slice(cut + 1));
  }
  return { kind: 'form', root };
}

/** The value of a top-level parameter. */
export const formValue = (root: FormNode, name: string): string | undefined =>
  root.children?.get(name)?.value;

function refused(limit: string, allowed: number): ParsedForm {
  return { kind: 'refused', issue: { kind: 'limit', path: [], limit, allowed } };
}

const newNode = (): FormNode => ({ value: undefined, children: undefined });

function nodeAt(root: FormNode, steps: readonly string[]): FormNode {
  let node = root;
  for (const step of steps) {
    node.children ??= new Map();
    let next = node.children.get(step);
    if (next === undefined) {
      next = newNode();
      node.children.set(step, next);
    }
    node = next;
  }
  return node;
}

/** Bad percent encoding is taken as it stands: the signature has covered it, and the member's type will judge it. */
function formDecode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
