import { describe, expect, test } from 'vitest';
import type { RunTaskRequest, RunTaskResponse, Task } from '../../src/shapes/generated/ecs.ts';
import { loadTable, type SERVICE_NAMES } from '../../src/shapes/tables.ts';
import { countsOf, shortcomings } from './checks.ts';
import { SERVICES } from './services.ts';
import { typesText } from './types.ts';

describe('the generated tables', () => {
  test.each(SERVICES)('of $name hold what is expected of them', async (source) => {
    const table = await loadTable(source.name as (typeof SERVICE_NAMES)[number]);
    expect(shortcomings(table, source)).toEqual([]);
    const types = Object.values(table.shapes).flatMap((shape) =>
      'members' in shape ? Object.values(shape.members).map((member) => member.type) : [],
    );
    const simple = /^(?:string|boolean|integer|long|double|timestamp|blob|document)$/;
    expect(types.filter((type) => !simple.test(type) && table.shapes[type] === undefined)).toEqual([]);
  });

  test('a model that lost something is noticed', async () => {
    const table = await loadTable('ecs');
    const { RunTask: _lost, ...operations } = table.operations;
    const [source] = SERVICES;
    expect(source && shortcomings({ ...table, operations }, source)).toEqual([
      'ecs: only 87 operations, expected 88 or more',
    ]);
    expect(countsOf(table).operations).toBe(88);
  });

  test('EC2 knows the names of operations whose shapes are left out', async () => {
    const { otherOperations, operations } = await loadTable('ec2');
    expect(otherOperations).toContain('RunInstances');
    expect(Object.keys(operations)).not.toContain('RunInstances');
    expect(otherOperations.length).toBeGreaterThan(800);
  });
});

describe('typesText', () => {
  test('makes required members of inputs mandatory, and nothing else', () => {
    const text = typesText(
      {
        service: 's',
        serviceId: 'S',
        protocol: 'awsJson1_1',
        signingName: 's',
        targetPrefix: 'S',
        version: '1',
        xmlNamespace: '',
        otherOperations: [],
        operations: { Do: { input: 'DoRequest', output: 'DoResponse', errors: [] }, Rest: { errors: [] } },
        shapes: {
          DoRequest: {
            kind: 'structure',
            members: {
              name: { type: 'string', required: true },
              kinds: { type: '[Kind]' },
              when: { type: 'timestamp' },
            },
          },
          DoResponse: { kind: 'structure', members: { name: { type: 'string', required: true } } },
          '[Kind]': { kind: 'list', element: { type: 'Kind' } },
          Kind: { kind: 'enum', values: ['A', "B's"] },
        },
      },
      'SOperations',
    );
    expect(text).toContain(
      'export interface DoRequest {\n  readonly name: string;\n  readonly kinds?: readonly Kind[] | undefined;\n  readonly when?: number | undefined;\n}',
    );
    expect(text).toContain('export interface DoResponse {\n  readonly name?: string | undefined;\n}');
    expect(text).toContain('export type Kind = "A" | "B\'s";');
    expect(text).toContain('readonly Rest: { readonly input: NoMembers; readonly output: NoMembers };');
  });

  test('the types of the services compile as they are meant to be used', () => {
    const request: RunTaskRequest = { taskDefinition: 'a', launchType: 'FARGATE', tags: [{ key: 'a' }] };
    const task: Task = { createdAt: 1, containers: [] };
    const response: RunTaskResponse = { tasks: [task], failures: [] };
    expect([request.taskDefinition, response.tasks?.[0]?.createdAt]).toEqual(['a', 1]);
  });
});
