import type { TaskNetworkInterface } from '../../domain/task.ts';

/**
 * What clients see of a task's network interface, in the order in which AWS has it. Until it is attached, it shows its
 * subnet alone. (API Attachment)
 */
export function interfaceDetails(
  eni: TaskNetworkInterface,
): { readonly name: string; readonly value: string }[] {
  const subnet = { name: 'subnetId', value: eni.subnetId };
  if (eni.status === 'PRECREATED') return [subnet];
  return [
    subnet,
    { name: 'networkInterfaceId', value: eni.networkInterfaceId },
    { name: 'macAddress', value: eni.macAddress },
    { name: 'privateDnsName', value: eni.privateDnsName },
    { name: 'privateIPv4Address', value: eni.privateIpv4Address },
  ];
}
