import { expect, test } from 'vitest';
import { networkCounters } from './engine-stats.ts';

test('[TMD-5] counters of interfaces are read as the engine counts them, loopback left out', () => {
  const text = [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    '    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0',
    '  eth0:    2048      10    1    2    0     0          0         0      512       5    3    4    0     0       0          0',
    '',
  ].join('\n');
  expect(networkCounters(text)).toEqual({
    eth0: {
      rx_bytes: 2048,
      rx_packets: 10,
      rx_errors: 1,
      rx_dropped: 2,
      tx_bytes: 512,
      tx_packets: 5,
      tx_errors: 3,
      tx_dropped: 4,
    },
  });
  expect(networkCounters('')).toEqual({});
});
