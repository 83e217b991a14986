import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/**
 * Who may import whom. A folder may import itself. `types:` marks a folder from which only types may come.
 * The reasons stand in ARCHITECTURE.md; a change here is a change of the design.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  shapes: [],
  domain: ['lib', 'types:shapes'],
  core: ['domain', 'lib', 'types:shapes'],
  store: ['domain', 'lib'],
  records: ['store', 'core', 'domain', 'lib', 'types:shapes'],
  wire: ['shapes', 'lib', 'types:domain'],
  api: ['shapes', 'store', 'records', 'core', 'domain', 'lib'],
  controllers: ['store', 'records', 'core', 'domain', 'link', 'lib', 'types:shapes'],
  link: ['domain', 'lib'],
  runtime: ['domain', 'lib'],
  agent: ['link', 'runtime/driver.ts', 'core', 'domain', 'lib'],
  registry: ['store', 'records', 'domain', 'lib'],
  platform: ['lib', 'store', 'types:domain'],
  sim: [
    'lib',
    'domain',
    'core',
    'shapes',
    'store',
    'records',
    'api',
    'controllers',
    'link',
    'agent',
    'runtime',
  ],
  main: [
    'lib',
    'domain',
    'core',
    'shapes',
    'store',
    'records',
    'wire',
    'api',
    'controllers',
    'link',
    'agent',
    'runtime',
    'registry',
    'platform',
  ],
};

/** Folders that are values in, values out: they may not name a Node module. */
const WITHOUT_NODE = ['lib', 'domain', 'core', 'shapes', 'records', 'api', 'controllers', 'link/messages'];

const SOURCE_LINES_MAX_COUNT = 400;
const TEST_LINES_MAX_COUNT = 600;
/** What an import or a re-export names, statements that the formatter spreads over lines included. */
const IMPORT =
  /^\s*(?:import|export)\s+(?<types>type\s+)?(?:[^'"();]*?\sfrom\s+)?'(?<path>[^']+)'|import\('(?<dynamic>[^']+)'\)/gms;

/** The world as it is: everything else gets it as values, or through the ports of `lib`. */
const WORLD =
  /\bprocess\.\w|\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bMath\.random\(|\brandom(?:UUID|Bytes|Int)\(|\bset(?:Timeout|Interval)\(/;
const IN_THE_WORLD = ['platform', 'main'];

const root = fileURLToPath(new URL('..', import.meta.url));
const sourceRoot = join(root, 'src');

const files = sourceFiles(sourceRoot);

describe('the house', () => {
  test('imports go down the house', () => {
    expect(files.flatMap(forbiddenImports)).toEqual([]);
  });

  test('ARCHITECTURE.md tells the same imports as this test', () => {
    const map = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
    const rows = [...map.matchAll(/^\| `(?<folder>[a-z]+)` \|.*\| (?<imports>[^|]+) \|$/gm)];
    const told = rows.map(({ groups }) => [groups?.['folder'], importsOf(groups)]);
    const held = Object.entries(MAY_IMPORT).map(([folder, imports]) => [folder, [...imports].sort()]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(held));
  });

  test('only platform and main name the process, the wall clock, chance and timers', () => {
    const found = files
      .filter((file) => !isTest(file) && !isTestSupport(file))
      .filter((file) => !IN_THE_WORLD.includes(relative(sourceRoot, file).split(sep)[0] ?? ''))
      .flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line) && WORLD.test(line))
          .map((line) => `${relative(root, file)}: ${line.trim()}`),
      );
    expect(found).toEqual([]);
  });

  test('no file is longer than its limit', () => {
    const tooLong = files
      .map((file) => ({
        file: relative(root, file),
        lines: readFileSync(file, 'utf8').split('\n').length - 1,
      }))
      .filter(({ file, lines }) => lines > (isTest(file) ? TEST_LINES_MAX_COUNT : SOURCE_LINES_MAX_COUNT));
    expect(tooLong).toEqual([]);
  });

  test('every operation of the API has a test that names it', () => {
    const operations = files.filter(
      (file) =>
        /src\/api\/[a-z0-9]+\/[a-z-]+\.ts$/.test(file.split(sep).join('/')) &&
        !isTest(file) &&
        exportsOperation(file),
    );
    const tests = readTests();
    const untested = operations
      .map((file) => file.slice(file.lastIndexOf(sep) + 1, -3))
      .filter((name) => !tests.includes(camel(name)) && !tests.includes(`${name}.ts`));
    expect(untested).toEqual([]);
    expect(operations.length).toBeGreaterThan(20);
  });
});

/** A row of the code map as an entry of `MAY_IMPORT`, which does not list the folder itself. */
function importsOf(row: Readonly<Record<string, string>> = {}): readonly string[] {
  const { folder, imports: cell = '–' } = row;
  if (cell === '–') return [];
  const names = cell
    .replace(/^all but /, '')
    .replaceAll('`', '')
    .replaceAll('types of ', 'types:')
    .split(', ');
  if (!cell.startsWith('all but ')) return names.sort();
  return Object.keys(MAY_IMPORT)
    .filter((name) => name !== folder && !names.includes(name))
    .sort();
}

function forbiddenImports(file: string): readonly string[] {
  const from = relative(sourceRoot, file).split(sep).join('/');
  const folder = from.split('/')[0] ?? '';
  const allowed = MAY_IMPORT[folder];
  if (allowed === undefined) return [`${from}: the folder ${folder} is not in the table`];
  const source = readFileSync(file, 'utf8');
  const found: string[] = [];
  for (const match of source.matchAll(IMPORT)) {
    const path = match.groups?.['path'] ?? match.groups?.['dynamic'] ?? '';
    const isType = match.groups?.['types'] !== undefined;
    const problem = path.startsWith('.')
      ? internal({ file, folder, allowed, path, isType })
      : external({ from, path, isType });
    if (problem !== undefined) found.push(`${from}: ${problem}`);
  }
  return found;
}

function internal(use: {
  readonly file: string;
  readonly folder: string;
  readonly allowed: readonly string[];
  readonly path: string;
  readonly isType: boolean;
}): string | undefined {
  const target = relative(sourceRoot, join(use.file, '..', use.path))
    .split(sep)
    .join('/');
  const folder = target.split('/')[0] ?? '';
  // A test may build its world from parts that the code it tests may not know.
  if (folder === use.folder || isTest(use.file) || isTestSupport(use.file)) return undefined;
  if (use.allowed.includes(folder) || use.allowed.includes(target)) return undefined;
  if (use.isType && use.allowed.includes(`types:${folder}`)) return undefined;
  return `may not import ${target}`;
}

function external(use: {
  readonly from: string;
  readonly path: string;
  readonly isType: boolean;
}): string | undefined {
  if (use.isType || isTest(use.from) || isTestSupport(use.from)) return undefined;
  const isPure = WITHOUT_NODE.some((folder) => use.from.startsWith(`${folder}/`));
  return isPure && use.path.startsWith('node:') ? `may not use ${use.path}` : undefined;
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts');
}

/** Builders and contract suites: imported by tests only. */
function isTestSupport(file: string): boolean {
  return /(?:^|\/)(?:testing|[a-z-]+-contract|[a-z-]+-testing)\.ts$/.test(file.split(sep).join('/'));
}

function exportsOperation(file: string): boolean {
  return (
    /: Operation<|Operations\[/.test(readFileSync(file, 'utf8')) &&
    /export const \w+: (?:Ecs|Ecr|Iam|Sts|Logs|Ec2)?Operation</.test(readFileSync(file, 'utf8'))
  );
}

function readTests(): string {
  return files
    .filter(isTest)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

function camel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'generated') return [];
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}
