import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { instant } from '../lib/clock.ts';
import { type FirelensFolders, firelensPart } from './firelens.ts';
import { firelensFolders } from './firelens-folders.ts';
import { dependencyVerdict } from './task-dependencies.ts';
import { taskIdOf } from './task-record.ts';
import { aPayloadContainer, aPayloadTask, aRecord } from './testing.ts';

const ROUTER = aPayloadContainer({
  name: 'router',
  firelensConfiguration: { type: 'fluentd', options: {} },
});
const APP = aPayloadContainer({
  name: 'app',
  dockerConfig: {
    config: '{}',
    hostConfig: JSON.stringify({
      LogConfig: { Type: 'awsfirelens', Config: { '@type': 'stdout', 'log-driver-buffer-limit': '9' } },
    }),
    version: '',
  },
});
const OTHER = aPayloadContainer({ name: 'other' });

const folder = mkdtempSync(join(tmpdir(), 'gantry-firelens-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('firelensPart', () => {
  const folders: FirelensFolders = {
    prepare: async () => ({
      configFile: '/h/fluent.conf',
      externalFile: '/h/external.conf',
      socketFolder: '/h/socket',
    }),
    write: async () => {},
    remove: async () => {},
  };
  const containers = [ROUTER, APP, OTHER];
  const part = (networkMode: 'awsvpc' | 'bridge' | 'host', container = APP) =>
    firelensPart(folders, aPayloadTask({ networkMode, containers }), container, {
      externalConfig: async () => undefined,
      routerAddress: async () => (networkMode === 'bridge' ? '172.17.0.9' : undefined),
      secretOptions: async (name) => (name === 'app' ? { apikey: 's3cret' } : {}),
    });

  test('[FLN-2] the router is bound to its configuration and to the folder of its socket', async () => {
    expect(await part('awsvpc', ROUTER)).toEqual({
      environment: { FLUENT_UID: '0', apikey_1: 's3cret' },
      binds: ['/h/fluent.conf:/fluentd/etc/fluent.conf', '/h/socket:/var/run'],
    });
  });

  test('[FLN-5] what it includes from S3 is written, and bound to where it is included from', async () => {
    const options = { 'config-file-type': 's3', 'config-file-value': 'arn:aws:s3:::b/k' };
    const router = { ...ROUTER, firelensConfiguration: { type: 'fluentbit' as const, options } };
    const written: (string | undefined)[] = [];
    const writing: FirelensFolders = {
      ...folders,
      write: async (_taskId, config, external) => void written.push(config, external),
    };
    const { binds } = await firelensPart(writing, aPayloadTask({ containers: [router] }), router, {
      externalConfig: async () => '[OUTPUT]',
      routerAddress: async () => undefined,
      secretOptions: async () => ({}),
    });
    expect(written).toEqual([expect.stringContaining('@INCLUDE /fluent-bit/etc/external.conf'), '[OUTPUT]']);
    expect(binds).toContain('/h/external.conf:/fluent-bit/etc/external.conf');
  });

  test.each([
    ['fluentd', '@type', `apikey "#{ENV['apikey_1']}"`],
    ['fluentbit', 'Name', `apikey \${apikey_1}`],
  ] as const)(
    '[FLN-4] a secret option is in the configuration of %s as a variable',
    async (type, key, text) => {
      const secret = { name: 'apikey', type: 'BOOTSTRAP' } as NonNullable<typeof APP.secrets>[number];
      const hostConfig = JSON.stringify({ LogConfig: { Type: 'awsfirelens', Config: { [key]: 'x' } } });
      const app = { ...APP, secrets: [secret], dockerConfig: { ...APP.dockerConfig, hostConfig } };
      const router = { ...ROUTER, firelensConfiguration: { type, options: {} } };
      let written = '';
      const writing = {
        ...folders,
        write: async (_taskId: string, config: string) => {
          written = config;
        },
      };
      await firelensPart(writing, aPayloadTask({ containers: [router, app] }), router, {
        externalConfig: async () => undefined,
        routerAddress: async () => undefined,
        secretOptions: async () => ({ apikey: 's3cret' }),
      });
      expect(written).toContain(text);
      expect(written).not.toContain('s3cret');
    },
  );

  test('[FLN-3] a container that logs through it has the engine’s fluentd driver and the router’s address', async () => {
    const taskId = taskIdOf(aPayloadTask());
    expect(await part('bridge')).toEqual({
      environment: { FLUENT_HOST: '172.17.0.9', FLUENT_PORT: '24224' },
      binds: [],
      logConfig: {
        Type: 'fluentd',
        Config: {
          tag: `app-firelens-${taskId}`,
          'fluentd-address': 'unix:///h/socket/fluent.sock',
          'fluentd-async': 'true',
          'fluentd-sub-second-precision': 'true',
          'fluentd-buffer-limit': '9',
        },
      },
    });
    expect((await part('awsvpc')).environment).toEqual({ FLUENT_HOST: '127.0.0.1', FLUENT_PORT: '24224' });
    expect((await part('host')).environment).toEqual({});
    expect(await part('awsvpc', OTHER)).toEqual({ environment: {}, binds: [] });
  });

  test('[FLN-3] what logs through the router starts after it, unless the router waits for others', () => {
    const verdictOf = (router: typeof ROUTER) => {
      const record = aRecord([router, APP]);
      return dependencyVerdict(record, 'app', instant(0)).kind;
    };
    expect(verdictOf(ROUTER)).toBe('not-yet');
    expect(verdictOf({ ...ROUTER, dependsOn: [{ containerName: 'app', condition: 'START' }] })).toBe('met');
  });
});

test('[FLN-2] the files of a router are made once and go with the task', async () => {
  const folders = firelensFolders(folder);
  const { configFile, externalFile, socketFolder } = await folders.prepare('t');
  await folders.write('t', 'text');
  expect(() => statSync(externalFile)).toThrow(/ENOENT/);
  expect(await folders.prepare('t')).toEqual({ configFile, externalFile, socketFolder });
  await folders.write('t', 'text', 'included');
  expect(readFileSync(externalFile, 'utf8')).toBe('included');
  expect(readFileSync(configFile, 'utf8')).toBe('text');
  expect(statSync(socketFolder).mode & 0o777).toBe(0o777);
  await folders.remove('t');
  expect(() => statSync(configFile)).toThrow(/ENOENT/);
});
