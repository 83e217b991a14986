import { describe, expect, test } from 'vitest';
import type { ContainerDefinition, RegisterTaskDefinitionRequest } from '../../shapes/generated/ecs.ts';
import { prepareTaskDefinition } from './prepare.ts';

const ROUTER: ContainerDefinition = {
  ...{ name: 'router', image: 'i', memory: 64 },
  firelensConfiguration: { type: 'fluentbit' },
};

const app = (options: Readonly<Record<string, string>> = {}): ContainerDefinition => ({
  ...{ name: 'app', image: 'i', memory: 64 },
  logConfiguration: { logDriver: 'awsfirelens', options },
});

const router = (options: Readonly<Record<string, string>>): ContainerDefinition => ({
  ...ROUTER,
  firelensConfiguration: { type: 'fluentbit', options },
});

const prepare = (
  containerDefinitions: readonly ContainerDefinition[],
  more: Partial<RegisterTaskDefinitionRequest> = {},
) => prepareTaskDefinition({ family: 'f', containerDefinitions, ...more }, '000000000000');

const refusalOf = (...containers: readonly ContainerDefinition[]): string | undefined => {
  const prepared = prepare(containers);
  return prepared.kind === 'refused' ? prepared.message : undefined;
};

describe('log routers', () => {
  test('[FLN-1] a router and what logs through it are accepted, and required of the host', () => {
    const options = { 'config-file-type': 'file', 'config-file-value': '/x.conf' };
    const prepared = prepare([router(options), app({ Name: 'stdout', Match: 'x' })]);
    expect(prepared).toMatchObject({
      kind: 'accepted',
      document: {
        requiresAttributes: expect.arrayContaining([
          { name: 'com.amazonaws.ecs.capability.logging-driver.awsfirelens' },
          { name: 'ecs.capability.firelens.fluentbit' },
          { name: 'ecs.capability.firelens.options.config.file' },
        ]),
      },
    });
    const inBucket = { 'config-file-type': 's3', 'config-file-value': 'arn:aws:s3:::b/k' };
    expect(prepare([router(inBucket)])).toMatchObject({
      document: {
        requiresAttributes: expect.arrayContaining([{ name: 'ecs.capability.firelens.options.config.s3' }]),
      },
    });
    expect(refusalOf(ROUTER, app({ 'include-pattern': 'x' }))).toBeUndefined();
    expect(refusalOf(router({ 'enable-ecs-log-metadata': 'false' }), app())).toBeUndefined();
  });

  test.each([
    [[app()], /^When awsfirelens log driver is specified/],
    [[ROUTER, { ...ROUTER, name: 'second' }], /^Only one container/],
    [
      [{ ...ROUTER, firelensConfiguration: { type: 'other' as 'fluentd' } }],
      /^Invalid firelens configuration type: other$/,
    ],
    [[router({ nope: 'x' })], /^Invalid firelens configuration option: nope$/],
    [[router({ 'enable-ecs-log-metadata': 'yes' })], /enable-ecs-log-metadata: yes$/],
    [[router({ 'config-file-type': 'file' })], /must be given together\.$/],
    [[router({ 'config-file-value': '/x' })], /must be given together\.$/],
    [[router({ 'config-file-type': 's3', 'config-file-value': 'arn:aws:s3:::b' })], /arn:aws:s3:::b$/],
    [[ROUTER, app({ Match: 'x' })], /^missing output key Name which is required/],
    [
      [{ ...ROUTER, logConfiguration: { logDriver: 'awsfirelens' as const } }],
      /cannot use the log driver awsfirelens itself\.$/,
    ],
  ])('[FLN-1] refuses %o', (containers, text) => {
    expect(refusalOf(...(containers as readonly ContainerDefinition[]))).toMatch(text);
  });
});
