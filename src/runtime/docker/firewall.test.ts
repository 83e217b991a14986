import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../lib/log.ts';
import { Firewall } from './firewall.ts';

let other: Server;
let otherPort = 0;
beforeEach(async () => {
  other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  otherPort = typeof address === 'object' ? (address?.port ?? 0) : 0;
});
afterEach(() => new Promise<unknown>((resolve) => other.close(resolve)));

/** What an agent of the owner `one` asks the packet filter for, where an agent of another is there already. */
async function asked(table: readonly string[]) {
  let restored = '';
  const run = async (command: string, args: readonly string[], input = ''): Promise<string> => {
    if (command === 'iptables-save') return args.includes('nat') ? table.join('\n') : '';
    restored += input;
    return '';
  };
  const firewall = new Firewall('one', silentLog, run);
  await firewall.apply({ bridges: [], subnets: [], metadataPort: 5000 });
  const restoredBy = async (work: () => Promise<void>): Promise<string> => {
    restored = '';
    await work();
    return restored;
  };
  return { firewall, restored, restoredBy };
}

const ruleOf = (owner: string, port: number): string =>
  `-A OUTPUT -d 169.254.170.2/32 -p tcp -m comment --comment gantry-${owner} -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:${port}`;

test('[RUN-66] clearing takes the owner’s rules away, and nobody else’s', async () => {
  const { firewall, restoredBy } = await asked([ruleOf('one', 5000), ruleOf('two', otherPort)]);
  const restored = await restoredBy(() => firewall.clear());
  expect(restored.trim().split('\n')).toEqual(['*nat', ruleOf('one', 5000).replace('-A', '-D'), 'COMMIT']);
});

describe('the metadata address in host mode', () => {
  test('[RUN-64] belongs to the first agent whose port answers', async () => {
    const { firewall, restored } = await asked([ruleOf('two', otherPort)]);
    expect(restored).not.toContain('127.0.0.1:5000');
    expect(await firewall.otherMetadataPorts()).toEqual([otherPort]);
  });

  test('[RUN-64] one that does not answer any more loses it', async () => {
    const gone = otherPort;
    await new Promise((resolve) => other.close(resolve));
    other = createServer().listen(0, '127.0.0.1');
    const { restored } = await asked([ruleOf('two', gone)]);
    expect(restored).toContain(ruleOf('two', gone).replace('-A', '-D'));
    expect(restored).toContain('-j DNAT --to-destination 127.0.0.1:5000');
  });

  test('[RUN-64] an agent that comes back keeps its own', async () => {
    const { firewall, restored } = await asked([ruleOf('one', otherPort)]);
    expect(restored).toContain('-j DNAT --to-destination 127.0.0.1:5000');
    expect(await firewall.otherMetadataPorts()).toEqual([]);
  });
});
