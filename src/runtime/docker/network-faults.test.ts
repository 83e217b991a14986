import { describe, expect, test } from 'vitest';
import type { NetworkFault } from '../../domain/network-fault.ts';
import { HostCommandError } from './host-command.ts';
import { NetworkFaults } from './network-faults.ts';

const TASK = { taskId: 't', networkMode: 'awsvpc' } as const;
const PORT: NetworkFault = {
  kind: 'blackhole-port',
  port: 80,
  protocol: 'tcp',
  direction: 'egress',
  exempt: ['169.254.170.2', 'fd00::1'],
};
const LOSS: NetworkFault = {
  kind: 'packet-loss',
  lossPercent: 25,
  toward: ['10.0.0.0/8'],
  exempt: ['10.0.0.1'],
};
const LATENCY: NetworkFault = { kind: 'latency', delayMs: 50, jitterMs: 5, toward: ['10.0.0.2'], exempt: [] };

/** A host that writes down its commands; those of which `refuses` says a text fail with it. */
function aHost(refuses: (command: string) => string | undefined = () => undefined, printed = '') {
  const commands: string[] = [];
  const faults = new NetworkFaults({
    owner: 'abcdef',
    placeOf: async (task) => ({ ...task, pid: task.networkMode === 'host' ? undefined : 1 }),
    run: async (_place, program, args) => {
      const command = [program, ...args].join(' ').replace(/gfabc[0-9a-f]{5}-/g, 'gf-');
      commands.push(command);
      const text = refuses(command);
      if (text !== undefined) throw new HostCommandError(program, 2, text);
      if (program === 'ip') return '[{"dev":"ens5"}]';
      return program === 'tc' ? '[]' : printed;
    },
  });
  return { commands, faults };
}

describe('NetworkFaults', () => {
  test('[RUN-80] a port is dropped in a chain of its own, the exempt before it', async () => {
    const { commands, faults } = aHost();
    await faults.start(TASK, PORT);
    expect(commands).toEqual([
      'iptables -w 5 -N gf-egress-tcp-80',
      'iptables -w 5 -A gf-egress-tcp-80 -p tcp --dport 80 -d 169.254.170.2 -j ACCEPT',
      'iptables -w 5 -A gf-egress-tcp-80 -p tcp --dport 80 -j DROP',
      'iptables -w 5 -I OUTPUT -j gf-egress-tcp-80',
    ]);
  });

  test('[RUN-80] a delay holds what goes to the sources', async () => {
    const { commands, faults } = aHost();
    await faults.start(TASK, LATENCY);
    expect(commands).toContain('tc qdisc add dev eth0 parent 6a:1 handle 6b: netem delay 50ms 5ms');
    expect(commands.at(-1)).toMatch(/prio 2 u32 match ip dst 10\.0\.0\.2 flowid 6a:1$/);
  });

  test('[RUN-80] without the queue packets are lost by the packet filter, and a delay is refused by name', async () => {
    const refuses = (command: string) =>
      command.startsWith('tc qdisc add') ? 'Error: Specified qdisc kind is unknown.' : undefined;
    const { commands, faults } = aHost(refuses);
    await faults.start(TASK, LOSS);
    expect(commands).toContain('iptables -w 5 -A gf-packet-loss -d 10.0.0.1 -j ACCEPT');
    expect(commands).toContain(
      'iptables -w 5 -A gf-packet-loss -d 10.0.0.0/8 -m statistic --mode random --probability 0.25 -j DROP',
    );
    await expect(faults.start(TASK, LATENCY)).rejects.toThrow(/the kernel of this host cannot delay packets/);
  });

  test('[RUN-80] what was begun is taken back when it cannot be finished', async () => {
    const { commands, faults } = aHost((command) => (command.includes('-I ') ? 'no' : undefined));
    await expect(faults.start(TASK, PORT)).rejects.toThrow('no');
    expect(commands.at(-1)).toBe('iptables -w 5 -X gf-egress-tcp-80');
  });

  test('[RUN-80] the chains that are there are the faults that run, of this task alone', async () => {
    const { commands, faults } = aHost();
    await faults.start({ ...TASK, taskId: 'other' }, PORT);
    expect(commands).not.toEqual([]);
    const own = aHost(
      undefined,
      '-P INPUT ACCEPT\n-N gfabce3b98-ingress-udp-53\n-N gfabc00000-egress-tcp-80\n',
    );
    expect([...(await own.faults.running(TASK))]).toEqual(['ingress-udp-53']);
  });

  const HOST = { taskId: 't', networkMode: 'host' } as const;

  test('[FLT-7] in host mode a queue is known by the chain of its task', async () => {
    const { commands, faults } = aHost();
    await faults.start(HOST, LATENCY);
    const mark = commands.indexOf('iptables -w 5 -N gf-queue');
    const added = commands.findIndex((command) => command.startsWith('tc qdisc add'));
    expect(mark).toBeGreaterThanOrEqual(0);
    expect(added).toBeGreaterThan(mark);
    const own = aHost(undefined, '-N gfabce3b98-queue\n');
    expect([...(await own.faults.running(HOST))]).toEqual([]);
  });

  test('[FLT-7] a task takes away what it made, and not the queue of another', async () => {
    const { commands, faults } = aHost(undefined, '-N gfabce3b98-egress-tcp-80\n-N gfabc00000-queue\n');
    await faults.clear(HOST);
    expect(commands).toContain('iptables -w 5 -X gf-egress-tcp-80');
    expect(commands.filter((command) => command.startsWith('tc'))).toEqual([]);
    const own = aHost(undefined, '-N gfabce3b98-queue\n');
    await own.faults.clear(HOST);
    expect(own.commands).toContain('tc qdisc del dev ens5 root handle 6a: prio');
    expect(own.commands).toContain('iptables -w 5 -X gf-queue');
  });

  test('[FLT-7] at its start an agent takes away what its tasks that are gone have left, and nobody else does', async () => {
    const left = [
      'gfabc00000-ingress-tcp-1',
      'gfabce3b98-ingress-tcp-2',
      'gfdef00000-ingress-tcp-3',
      'DOCKER',
    ];
    const { commands, faults } = aHost(undefined, left.map((chain) => `-N ${chain}\n`).join(''));
    await faults.retain(['t']);
    expect(commands.filter((command) => command.includes('-X'))).toEqual([
      'iptables -w 5 -X gf-ingress-tcp-1',
    ]);
    const gone = aHost(undefined, '-N gfabc00000-queue\n');
    await gone.faults.retain([]);
    expect(gone.commands).toContain('tc qdisc del dev ens5 root handle 6a: prio');
  });
});
