import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addNames, type TaskFiles, writeTaskFiles } from './task-files.ts';

const INTERFACE = {
  macAddress: '0a:00:00:00:00:01',
  ipv4Address: '172.31.0.9',
  gatewayCidr: '172.31.0.1/20',
  hostName: 'ip-172-31-0-9.internal',
};
const OWN_LINE = '172.31.0.9\tip-172-31-0-9.internal ip-172-31-0-9\n';
const NAMES = { ExtraHosts: ['db:10.0.0.1', 'six:fd00::1'], DnsSearch: ['a.test', 'b.test'] };

let folder: string;
let files: TaskFiles;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-files-'));
  files = { hostsPath: join(folder, 'hosts'), resolvPath: join(folder, 'resolv.conf') };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hosts = (): string => readFileSync(files.hostsPath, 'utf8');
const resolvers = (): string => readFileSync(files.resolvPath, 'utf8');

describe('[HARD-4] name tables of a task', () => {
  test.each([
    ['nothing is there', undefined],
    ['the engine made an empty file', ''],
    ['the engine wrote its own', '127.0.0.1\tlocalhost\n'],
  ])('are written whole when %s', async (_, before) => {
    if (before !== undefined) writeFileSync(files.hostsPath, before);
    await writeTaskFiles(files, INTERFACE);
    expect(hosts()).toContain(OWN_LINE);
    expect(resolvers()).toContain('nameserver ');
  });

  test('stay as containers have them when they are written again', async () => {
    await writeTaskFiles(files, INTERFACE);
    await addNames(files, NAMES);
    const before = [hosts(), resolvers()];
    await writeTaskFiles(files, INTERFACE);
    expect([hosts(), resolvers()]).toEqual(before);
  });

  test('hold each name once, however often it is added', async () => {
    await writeTaskFiles(files, INTERFACE);
    for (let time = 0; time < 3; time += 1) await addNames(files, NAMES);
    expect(hosts().match(/^10\.0\.0\.1\tdb$/gm)).toHaveLength(1);
    expect(hosts().match(/^fd00::1\tsix$/gm)).toHaveLength(1);
    expect(resolvers().match(/^search a\.test b\.test$/gm)).toHaveLength(1);
  });
});
