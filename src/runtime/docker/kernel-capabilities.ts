import { readFile } from 'node:fs/promises';

/** The capabilities of Linux in the order of their numbers, as the engine and ECS name them. */
const NAMES: readonly string[] = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'],
  ...[
    'LINUX_IMMUTABLE',
    'NET_BIND_SERVICE',
    'NET_BROADCAST',
    'NET_ADMIN',
    'NET_RAW',
    'IPC_LOCK',
    'IPC_OWNER',
  ],
  ...[
    'SYS_MODULE',
    'SYS_RAWIO',
    'SYS_CHROOT',
    'SYS_PTRACE',
    'SYS_PACCT',
    'SYS_ADMIN',
    'SYS_BOOT',
    'SYS_NICE',
  ],
  ...[
    'SYS_RESOURCE',
    'SYS_TIME',
    'SYS_TTY_CONFIG',
    'MKNOD',
    'LEASE',
    'AUDIT_WRITE',
    'AUDIT_CONTROL',
    'SETFCAP',
  ],
  ...['MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF'],
  'CHECKPOINT_RESTORE',
];

/**
 * The capabilities that no process of this host can have: those that the kernel knows and that are not in the bounding
 * set of this process. Empty where the kernel does not tell. (RUN-35)
 */
export async function missingCapabilities(): Promise<readonly string[]> {
  try {
    const [status, last] = await Promise.all([
      readFile('/proc/self/status', 'utf8'),
      readFile('/proc/sys/kernel/cap_last_cap', 'utf8'),
    ]);
    return capabilitiesOutside(status, Number(last));
  } catch {
    return [];
  }
}

/** As `missingCapabilities`, from the text of `/proc/<pid>/status` and the number of the kernel's last capability. */
export function capabilitiesOutside(status: string, lastNumber: number): readonly string[] {
  const bounding = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? 'ffffffffffffffff'}`);
  return NAMES.filter((_name, number) => number <= lastNumber && ((bounding >> BigInt(number)) & 1n) === 0n);
}
