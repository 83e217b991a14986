import { expect, test } from 'vitest';
import { silentLog } from '../lib/log.ts';
import { type AgentFacts, introspect } from './introspection-documents.ts';
import { startIntrospection } from './introspection-server.ts';
import { aRecord, exited, RUNNING } from './testing.ts';

const FACTS: AgentFacts = {
  cluster: 'lab',
  containerInstanceArn: 'arn:aws:ecs:us-east-1:1:container-instance/lab/1',
  version: 'Gantry Agent - v1.2.3',
  license: 'You may.',
};
const bindings = [{ bindIp: '0.0.0.0', containerPort: 80, hostPort: 49_160, protocol: 'tcp' as const }];
const mounts = [
  { source: '/srv', destination: '/data' },
  { source: 'ecs-web-3-cache-t', destination: '/cache' },
];
const web = aRecord(
  [{ name: 'web', is: { ...RUNNING, runtimeId: 'abcdef12', imageId: 'sha256:1', bindings, mounts } }],
  { wasRunning: true },
);
const ended = aRecord([{ name: 'job', is: { ...exited(0), runtimeId: 'abc777' } }], {
  isStopped: true,
  isEnding: true,
});
const job = { ...ended, payload: { ...ended.payload, arn: 'arn:aws:ecs:us-east-1:1:task/lab/job' } };

const ask = (path: string) => introspect(new URL(path, 'http://x'), FACTS, [web, job]);

test('[INT-1] the host, and before it has registered', () => {
  const body = {
    Cluster: 'lab',
    ContainerInstanceArn: FACTS.containerInstanceArn,
    Version: 'Gantry Agent - v1.2.3',
  };
  expect(ask('/v1/metadata')).toEqual({ status: 200, body });
  const before = introspect(
    new URL('http://x/v1/metadata'),
    { ...FACTS, containerInstanceArn: undefined },
    [],
  );
  expect(before.body).toEqual({ ...body, ContainerInstanceArn: null });
});

test('[INT-2] its tasks, those that have stopped too until they are cleaned up', () => {
  const one = {
    Arn: web.payload.arn,
    DesiredStatus: 'RUNNING',
    KnownStatus: 'RUNNING',
    Family: 'web',
    Version: '3',
    Containers: [
      {
        DockerId: 'abcdef12',
        DockerName: 'ecs-web-3-web-tail',
        Name: 'web',
        Image: 'app:1',
        ImageID: 'sha256:1',
        StartedAt: '1970-01-01T00:00:00.000Z',
        Ports: [{ ContainerPort: 80, Protocol: 'tcp', HostPort: 49_160 }],
        Networks: [{ NetworkMode: 'bridge' }],
        Volumes: [
          { Source: '/srv', Destination: '/data' },
          { DockerName: 'ecs-web-3-cache-t', Destination: '/cache' },
        ],
      },
    ],
  };
  expect(ask('/v1/tasks')).toMatchObject({
    body: { Tasks: [one, { Arn: job.payload.arn, DesiredStatus: 'STOPPED', KnownStatus: 'STOPPED' }] },
  });
  expect(ask(`/v1/tasks?taskarn=${web.payload.arn}`)).toEqual({ status: 200, body: one });
  expect(ask('/v1/tasks?dockerid=abcdef12').body).toEqual(one);
  expect(ask('/v1/tasks?dockerid=abcd').body).toEqual(one);
});

test.each([
  ['/v1/tasks?dockerid=abc', 400],
  ['/v1/tasks?dockerid=abcd&taskarn=x', 400],
  ['/v1/tasks?dockerid=', 404],
  ['/v1/tasks?taskarn=x', 404],
])('[INT-2] %s names no one task', (path, status) => {
  expect(ask(path)).toMatchObject({ status, body: { Arn: '', Containers: null } });
});

test('[INT-1] other paths say which there are', () => {
  expect(ask('/').body).toEqual({ AvailableCommands: ['/v1/metadata', '/v1/tasks', '/license'] });
});

test('[INT-3] a second agent on the host takes another port and says which', async () => {
  const said: unknown[] = [];
  const log = { ...silentLog, warn: (event: string, fields?: object) => void said.push([event, fields]) };
  const deps = { facts: () => FACTS, records: () => [], log };
  const first = await startIntrospection({ port: 0, license: '' }, { ...deps, log: silentLog });
  const second = await startIntrospection({ port: first.port, license: '' }, deps);
  const url = `http://127.0.0.1:${second.port}`;
  expect(said).toEqual([['agent.introspection-port-taken', { wishedPort: first.port, url }]]);
  const answer = await fetch(`${url}/license`);
  expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['text/plain', 'You may.']);
  expect((await fetch(`${url}/v1/tasks`, { method: 'POST' })).status).toBe(405);
  first.close();
  second.close();
});
