import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** Every rule of docs/spec has an id of its own and a test that says so in its name. */

interface Document {
  readonly path: string;
  readonly text: string;
}

/** An id in the first cell of a table's row defines the rule. */
const DEFINITION = /^\| (?<id>[A-Z][A-Z0-9]*-\d+) \|/gm;
/** The ids at the beginning of a test's name: `'[LIF-1] …'`, `'[LIF-1, LIF-3] …'`, `'[LIF-1] [LOG-2] …'`. */
const NAME = /['"`](?<ids>(?:\[[A-Z][A-Z0-9]*-\d[^\]\n]*\] ?)+)/g;
const ID_OR_RANGE = /(?<from>[A-Z][A-Z0-9]*-\d+)(?:…(?<to>[A-Z][A-Z0-9]*-\d+))?/g;
const ID = /\b(?<family>[A-Z][A-Z0-9]*)-(?<number>\d+)\b/g;

const root = fileURLToPath(new URL('..', import.meta.url));

const pages = documents('docs/spec', '.md');
const sources = ['src', 'test', 'tools', 'bench'].flatMap((folder) => documents(folder, '.ts'));
const prose = [...documents('docs', '.md'), ...documents('changes', '.md'), ...rootPages()];
/** Suites that test files run: of a driver, of a host with a lab of its own. */
const SUITE = /\.test\.ts$|-contract\.ts$|^test\/e2e\/hard\//;
const tests = sources.filter(({ path }) => SUITE.test(path));

const rules = pages.flatMap(({ text }) => [...text.matchAll(DEFINITION)].map((match) => idOf(match)));

describe('the rules', () => {
  test('each id is defined once', () => {
    expect(rules.filter((id, index) => rules.indexOf(id) !== index)).toEqual([]);
    expect(rules.length).toBeGreaterThan(600);
  });

  test('code, tests and pages name no rule that is not there', () => {
    const families = new Set(rules.map((id) => id.replace(/-\d+$/, '')));
    const defined = new Set(rules);
    const unknown = [...sources, ...prose].flatMap(({ path, text }) =>
      [...text.matchAll(ID)]
        .filter(({ groups }) => families.has(groups?.['family'] ?? ''))
        .map(([id]) => id)
        .concat(namedIn(text))
        .filter((id) => !defined.has(id))
        .map((id) => `${path}: ${id}`),
    );
    expect(unknown).toEqual([]);
  });

  test('each rule is named by a test', () => {
    const named = new Set(tests.flatMap(({ text }) => namedIn(text)));
    expect(rules.filter((id) => !named.has(id))).toEqual([]);
  });
});

/** The ids that names of tests begin with; of a range `A-1…A-9` the rules between count too. */
function namedIn(text: string): readonly string[] {
  return [...text.matchAll(NAME)]
    .flatMap(({ groups }) => [...(groups?.['ids'] ?? '').matchAll(ID_OR_RANGE)])
    .flatMap(({ groups }) => {
      const { from = '', to } = groups ?? {};
      return to === undefined ? [from] : [from, to, ...rules.filter((id) => isBetween({ id, from, to }))];
    });
}

function isBetween({ id, from, to }: { readonly id: string; readonly from: string; readonly to: string }) {
  const [rule, first, last] = [id, from, to].map((each) => each.split('-'));
  const number = Number(rule?.[1]);
  return rule?.[0] === first?.[0] && number > Number(first?.[1]) && number < Number(last?.[1]);
}

function idOf(match: RegExpMatchArray): string {
  return match.groups?.['id'] ?? '';
}

function rootPages(): readonly Document[] {
  return readdirSync(root)
    .filter((name) => name.endsWith('.md'))
    .map((name) => ({ path: name, text: readFileSync(join(root, name), 'utf8') }));
}

function documents(folder: string, ending: string): readonly Document[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'generated') return [];
    if (statSync(join(root, path)).isDirectory()) return documents(path, ending);
    if (!name.endsWith(ending)) return [];
    return [{ path: relative('.', path), text: readFileSync(join(root, path), 'utf8') }];
  });
}
