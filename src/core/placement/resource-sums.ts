import type { Resources } from '../../domain/resources.ts';

/** The sum of two amounts. A port that both hold is there twice, so that taking one away leaves the other. */
export const plusResources = (one: Resources, other: Resources): Resources => ({
  cpuUnits: one.cpuUnits + other.cpuUnits,
  memoryMib: one.memoryMib + other.memoryMib,
  tcpPorts: joined(one.tcpPorts, other.tcpPorts),
  udpPorts: joined(one.udpPorts, other.udpPorts),
  ...gpus(one.gpuIds, other.gpuIds ?? NONE),
});

/** `from` less `taken`, which is a part of it. Each port of `taken` is removed once. */
export const withoutResources = (from: Resources, taken: Resources): Resources => ({
  cpuUnits: from.cpuUnits - taken.cpuUnits,
  memoryMib: from.memoryMib - taken.memoryMib,
  tcpPorts: without(from.tcpPorts, taken.tcpPorts),
  udpPorts: without(from.udpPorts, taken.udpPorts),
  ...gpus(
    from.gpuIds?.filter((id) => !taken.gpuIds?.includes(id)),
    NONE,
  ),
});

const NONE: readonly string[] = [];

/** A GPU has one holder at a time; hosts without any have no such member. */
function gpus(
  some: readonly string[] = NONE,
  others: readonly string[],
): Pick<Resources, 'gpuIds'> | undefined {
  return some.length + others.length === 0 ? undefined : { gpuIds: [...some, ...others].sort() };
}

/** Two lists as one, in ascending order whatever the order of the sums that led to it. */
function joined(one: readonly number[], other: readonly number[]): readonly number[] {
  if (other.length === 0) return one;
  return [...one, ...other].sort((a, b) => a - b);
}

function without(from: readonly number[], taken: readonly number[]): readonly number[] {
  if (taken.length === 0) return from;
  const left = [...from];
  for (const port of taken) {
    const at = left.indexOf(port);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}
