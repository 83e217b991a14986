import { describe, expect, test } from 'vitest';
import { dueReport } from './task-report.ts';
import { aRecord, exited, RUNNING } from './testing.ts';

describe('dueReport', () => {
  test('[AGT-7] digests are reported as PENDING, once all images are there', () => {
    const one = { name: 'a', is: { imageDigest: 'sha256:1' } };
    expect(dueReport(aRecord([one, { name: 'b', is: { phase: 'NONE' } }]), 'lab')).toBeUndefined();
    expect(dueReport(aRecord([one]), 'lab')?.change).toMatchObject({
      status: 'PENDING',
      containers: [{ containerName: 'a', status: 'PENDING', imageDigest: 'sha256:1' }],
    });
    expect(dueReport(aRecord([{ name: 'a' }]), 'lab')).toBeUndefined();
  });

  test('[AGT-7] RUNNING waits for all containers and tells of all of them', () => {
    const record = aRecord([
      { name: 'a', is: RUNNING },
      { name: 'b', essential: false, is: exited(0) },
    ]);
    expect(dueReport(record, 'lab')).toBeUndefined();
    const due = dueReport({ ...record, wasRunning: true }, 'lab');
    expect(due?.change.status).toBe('RUNNING');
    expect(due?.change.containers.map(({ containerName, status }) => [containerName, status])).toEqual([
      ['a', 'RUNNING'],
      ['b', 'RUNNING'],
      ['b', 'STOPPED'],
    ]);
  });

  test('[AGT-7] the ports of a range are told as one', () => {
    const portMappings = [
      { containerPort: 80, hostPort: 0, protocol: 'tcp' as const },
      { containerPortRange: '90-91', protocol: 'tcp' as const },
    ];
    const bindings = [
      [91, 5001],
      [80, 32_768],
      [90, 5000],
    ].map(([containerPort = 0, hostPort = 0]) => ({
      bindIp: '0.0.0.0',
      containerPort,
      hostPort,
      protocol: 'tcp' as const,
    }));
    const record = aRecord([{ name: 'a', portMappings, is: { ...RUNNING, bindings } }], { wasRunning: true });
    expect(dueReport(record, 'lab')?.change.containers[0]?.networkBindings).toEqual([
      { bindIP: '0.0.0.0', containerPort: 80, hostPort: 32_768, protocol: 'tcp' },
      { bindIP: '0.0.0.0', containerPortRange: '90-91', hostPortRange: '5000-5001', protocol: 'tcp' },
    ]);
  });

  test('[EXE-8] with a container its managed agent is told of', () => {
    const managedAgents = [{ name: 'ExecuteCommandAgent', properties: {} }] as const;
    const record = aRecord(
      [
        { name: 'a', managedAgents, is: RUNNING },
        { name: 'b', is: RUNNING },
      ],
      { wasRunning: true },
    );
    expect(dueReport(record, 'lab')?.change.managedAgents).toEqual([
      {
        containerName: 'a',
        managedAgentName: 'ExecuteCommandAgent',
        status: 'RUNNING',
        reason: 'ExecuteCommandAgent started',
      },
    ]);
    expect(
      dueReport(aRecord([{ name: 'b', is: RUNNING }], { wasRunning: true }), 'lab')?.change,
    ).toMatchObject({
      managedAgents: undefined,
    });
  });

  test('[AGT-7] nothing is told twice', () => {
    const record = aRecord([{ name: 'a', is: RUNNING }], { wasRunning: true });
    const accepted = dueReport(record, 'lab')?.accepted(record) ?? record;
    expect(dueReport(accepted, 'lab')).toBeUndefined();
    const stopped = aRecord([{ name: 'a', is: { ...exited(2), sent: 'RUNNING' } }], {
      wasRunning: true,
      isStopped: true,
      sent: 'RUNNING',
    });
    const due = dueReport(stopped, 'lab');
    expect(due?.change).toMatchObject({
      status: 'STOPPED',
      containers: [{ status: 'STOPPED', exitCode: 2 }],
    });
    expect(dueReport(due?.accepted(stopped) ?? stopped, 'lab')).toBeUndefined();
  });

  test('[AGT-7] a task that is over before RUNNING was told is RUNNING first, then STOPPED', () => {
    const record = aRecord([{ name: 'a', is: exited(0) }], { wasRunning: true, isStopped: true });
    const first = dueReport(record, 'lab');
    expect(first?.change).toMatchObject({ status: 'RUNNING', containers: [{ status: 'RUNNING' }] });
    expect(dueReport(first?.accepted(record) ?? record, 'lab')?.change).toMatchObject({
      status: 'STOPPED',
      containers: [{ status: 'STOPPED', exitCode: 0 }],
    });
  });

  test.each([1024, 1025])('[AGT-9] a reason of %i characters is at most 1024', (length) => {
    const record = aRecord([{ name: 'a', is: { phase: 'STOPPED', reason: 'x'.repeat(length) } }], {
      isStopped: true,
    });
    expect(dueReport(record, 'lab')?.change.containers[0]?.reason).toHaveLength(1024);
  });
});
