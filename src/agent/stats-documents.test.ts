import { expect, test } from 'vitest';
import { statsDocuments } from './stats-documents.ts';
import { aRecord, RUNNING } from './testing.ts';

const record = aRecord([{ name: 'app', is: { ...RUNNING, runtimeId: 'r1' } }, { name: 'new' }]);

test('[TMD-5] the engine’s document goes out unchanged, and version 4 adds the rates since the last one', async () => {
  let nowMs = 0;
  let received = 1000;
  const engineStats = async (id: string) =>
    id === 'r1'
      ? { read: 'now', pids_stats: { current: 1 }, networks: { eth0: { rx_bytes: received, tx_bytes: 10 } } }
      : undefined;
  const documents = statsDocuments({ engineStats }, () => nowMs);
  const sent = {
    read: 'now',
    pids_stats: { current: 1 },
    networks: { eth0: { rx_bytes: 1000, tx_bytes: 10 } },
  };
  expect(await documents.container(record, 'app', 3)).toEqual(sent);
  const none = { rx_bytes_per_sec: 0, tx_bytes_per_sec: 0 };
  expect(await documents.container(record, 'app', 4)).toEqual({ ...sent, network_rate_stats: none });
  nowMs = 2_000;
  received = 1500;
  expect(await documents.task(record, 4)).toEqual({
    r1: expect.objectContaining({ network_rate_stats: { rx_bytes_per_sec: 250, tx_bytes_per_sec: 0 } }),
  });
  expect(await documents.container(record, 'new', 4)).toBeNull();
});
