import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadTable, SERVICE_NAMES, type ServiceName } from '../src/shapes/tables.ts';

/*
 * Prints, for each service, how many of its operations are built and which:
 *   npm run coverage:api                the operations that are built
 *   npm run coverage:api -- --missing   also those that are not
 */

const API = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'api');
const LINE_LENGTH_MAX = 110;

const showsMissing = process.argv.includes('--missing');
for (const service of SERVICE_NAMES) await report(service);

async function report(service: ServiceName): Promise<void> {
  const table = await loadTable(service);
  const modelled = [...Object.keys(table.operations), ...table.otherOperations].sort();
  const { built, refused } = await builtOperations(service);
  const strangers = built.filter((name) => !modelled.includes(name));
  console.log(`${service}: ${built.length - strangers.length} of ${modelled.length} operations`);
  print('built', built);
  print('refused by name', refused);
  if (showsMissing) {
    print(
      'missing',
      modelled.filter((name) => !built.includes(name)),
    );
  }
  if (strangers.length > 0) print('not in the model', strangers);
}

/** The names in the records that a service's `operations.ts` exports; those that only say no are told apart. */
async function builtOperations(service: ServiceName): Promise<{ built: string[]; refused: string[] }> {
  const path = join(API, service, 'operations.ts');
  if (!existsSync(path)) return { built: [], refused: [] };
  const module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  const records = Object.entries(module)
    .map(recordOf)
    .filter((value) => value !== undefined);
  const operations = records.flatMap((record) => Object.entries(record));
  const refusals = new Set(Object.values(await refusalsOf(service)));
  const namesOf = (isWanted: (value: unknown) => boolean): string[] =>
    [...new Set(operations.flatMap(([name, value]) => (isWanted(value) ? [name] : [])))].sort();
  return {
    built: namesOf((value) => typeof value === 'function' && !refusals.has(value)),
    refused: namesOf((value) => refusals.has(value)),
  };
}

/** A record as it is, or as its factory makes it: what a factory is given, its operations use only when they are called. */
function recordOf([name, value]: readonly [string, unknown]): object | undefined {
  const made = typeof value === 'function' && name.endsWith('Operations') ? (value({}) as unknown) : value;
  return typeof made === 'object' && made !== null ? made : undefined;
}

/** A service may have a `refused-operations.ts`, for features that it names and does not have. */
async function refusalsOf(service: ServiceName): Promise<Readonly<Record<string, unknown>>> {
  const path = join(API, service, 'refused-operations.ts');
  if (!existsSync(path)) return {};
  const module = (await import(pathToFileURL(path).href)) as { readonly refusedOperations: object };
  return { ...module.refusedOperations };
}

function print(title: string, names: readonly string[]): void {
  let line = `  ${title}:`;
  for (const name of names) {
    if (line.length + name.length + 1 > LINE_LENGTH_MAX) {
      console.log(line);
      line = '   ';
    }
    line += ` ${name}`;
  }
  if (names.length > 0) console.log(line);
}
