import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Task } from '../../domain/task.ts';
import type { ContainerDefinition } from '../../shapes/generated/ecs.ts';
import { aContainer, aTask } from '../task/testing.ts';
import { containerPayload } from './container-payload.ts';

const scope = { accountId: '123456789012', endpointUrl: 'http://127.0.0.1:7070' } as const;

/** Rich enough that each part which is kept for a definition shows. */
const definition: ContainerDefinition = {
  name: 'app',
  image: 'nginx:1',
  cpu: 64,
  memory: 128,
  command: ['serve'],
  entryPoint: ['/bin/app'],
  environment: [{ name: 'A', value: '1' }],
  environmentFiles: [{ value: 'arn:aws:s3:::b/own.env', type: 's3' }],
  secrets: [{ name: 'S', valueFrom: 'parameter' }],
  portMappings: [{ containerPort: 80, hostPort: 8080 }],
  mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }],
  linuxParameters: { maxSwap: 64 },
  healthCheck: { command: ['CMD', 'true'] },
  restartPolicy: { enabled: true },
};

const anOverride = fc.record(
  {
    cpu: fc.nat({ max: 64 }),
    memory: fc.nat({ max: 64 }),
    memoryReservation: fc.nat({ max: 64 }),
    command: fc.constant(['other']),
    environment: fc.constant([{ name: 'A', value: '2' }]),
    environmentFiles: fc.constant([{ value: 'arn:aws:s3:::b/other.env', type: 's3' as const }]),
  },
  { requiredKeys: [] },
);

const aView = fc
  .record({
    override: fc.option(anOverride, { nil: undefined }),
    launchType: fc.constantFrom<Task['launchType'][]>('EC2', 'EXTERNAL', 'FARGATE'),
    networkMode: fc.constantFrom('bridge', 'awsvpc', 'host'),
    region: fc.constantFrom('us-east-1', 'eu-west-1'),
  })
  .map(({ override, launchType, networkMode, region }) => ({
    task: aTask({
      launchType,
      containers: [aContainer()],
      overrides: { containerOverrides: [{ name: 'app', ...override }] },
    }),
    networkMode,
    installation: { ...scope, region },
    imageDigests: {},
  }));

describe('what is kept for a definition', () => {
  test('[PAY-1] [PAY-2] no task sees of another one what it changed', () => {
    fc.assert(
      fc.property(fc.array(aView, { minLength: 1, maxLength: 6 }), (views) => {
        for (const view of views) {
          const alone = containerPayload(view, structuredClone(definition));
          expect(containerPayload(view, definition)).toEqual(alone);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('[PAY-2] a task that changes nothing shares what its definition says', () => {
    const payload = (containerOverrides: Task['overrides']['containerOverrides']) =>
      containerPayload(
        {
          task: aTask({ overrides: { containerOverrides } }),
          networkMode: 'bridge',
          installation: { ...scope, region: 'us-east-1' },
          imageDigests: {},
        },
        definition,
      );
    const plain = payload([{ name: 'app' }]);
    expect(plain).toMatchObject({ cpu: 64, memory: 128, command: ['serve'], environment: { A: '1' } });
    expect(payload(undefined).dockerConfig).toBe(plain.dockerConfig);
    expect(payload([{ name: 'app', cpu: 1 }])).toMatchObject({ cpu: 1, memory: 128 });
  });
});
