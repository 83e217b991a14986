import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContainerDefinition, RegisterTaskDefinitionRequest } from '../../shapes/generated/ecs.ts';
import { prepareTaskDefinition } from './prepare.ts';

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/exec`;
const LOG_OPTIONS = { 'awslogs-group': 'g', 'awslogs-region': 'us-east-1' };

/** Containers that a host can run, some of them in ways that FARGATE or a network mode does not take. */
const anyContainer: fc.Arbitrary<ContainerDefinition> = fc.record(
  {
    name: fc.stringMatching(/^[a-z][a-z0-9_-]{0,7}$/),
    image: fc.constantFrom('nginx', 'busybox:1.36', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/web:1`),
    memory: fc.integer({ min: 6, max: 300 }),
    cpu: fc.integer({ min: 0, max: 200 }),
    memoryReservation: fc.integer({ min: 1, max: 300 }),
    essential: fc.boolean(),
    portMappings: fc.array(
      fc.record(
        { containerPort: fc.integer({ min: 1, max: 65_535 }), protocol: fc.constantFrom('tcp', 'udp') },
        { requiredKeys: ['containerPort'] },
      ),
      { maxLength: 2 },
    ),
    healthCheck: fc.record(
      {
        command: fc.constant(['CMD', 'true']),
        interval: fc.integer({ min: 0, max: 310 }),
        retries: fc.integer({ min: 0, max: 11 }),
      },
      { requiredKeys: ['command'] },
    ),
    stopTimeout: fc.integer({ min: 0, max: 130 }),
    logConfiguration: fc.constantFrom(
      { logDriver: 'awslogs' as const, options: LOG_OPTIONS },
      { logDriver: 'awslogs' as const, options: { ...LOG_OPTIONS, 'awslogs-stream-prefix': 'p' } },
    ),
  },
  { requiredKeys: ['name', 'image', 'memory'] },
);

const anyRequest: fc.Arbitrary<RegisterTaskDefinitionRequest> = fc.record(
  {
    family: fc.constant('web'),
    containerDefinitions: fc.array(anyContainer, { minLength: 1, maxLength: 3 }),
    networkMode: fc.constantFrom('awsvpc', 'bridge', 'host', 'none'),
    cpu: fc.constantFrom('256', '512', '1 vCPU', '300', ''),
    memory: fc.constantFrom('512', '1024', '1GB', '2 GB', '700', ''),
    executionRoleArn: fc.constant(ROLE),
  },
  { requiredKeys: ['family', 'containerDefinitions', 'networkMode'] },
);

describe('prepareTaskDefinition', () => {
  test('[TDF-2] what it answers can be registered again and gives the same document', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const first = prepareTaskDefinition(request, ACCOUNT);
        if (first.kind === 'refused') return;
        const { compatibilities: _, requiresAttributes: __, ...again } = first.document;
        expect(prepareTaskDefinition(again as RegisterTaskDefinitionRequest, ACCOUNT)).toEqual(first);
      }),
      { numRuns: 300 },
    );
  });

  test('[TDF-22] [TDF-23] a definition that may run on FARGATE is one that may require it', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const free = prepareTaskDefinition(request, ACCOUNT);
        const bound = prepareTaskDefinition({ ...request, requiresCompatibilities: ['FARGATE'] }, ACCOUNT);
        if (free.kind === 'refused') return;
        const mayRun = free.document.compatibilities?.includes('FARGATE') === true;
        // A stop timeout is bounded only for those that require FARGATE.
        const isBounded = (request.containerDefinitions ?? []).every(
          ({ stopTimeout = 0 }) => stopTimeout === 0 || (stopTimeout >= 2 && stopTimeout <= 120),
        );
        expect(bound.kind === 'accepted').toBe(mayRun && isBounded);
      }),
      { numRuns: 300 },
    );
  });

  test('[TDF-1] neither order nor names of requirements depend on the order of containers', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const one = prepareTaskDefinition(request, ACCOUNT);
        const other = prepareTaskDefinition(
          { ...request, containerDefinitions: request.containerDefinitions.toReversed() },
          ACCOUNT,
        );
        expect(other.kind).toBe(one.kind);
        if (one.kind === 'accepted' && other.kind === 'accepted') {
          expect(other.document.requiresAttributes).toEqual(one.document.requiresAttributes);
        }
      }),
      { numRuns: 200 },
    );
  });
});
