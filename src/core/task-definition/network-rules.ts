import type { ContainerDefinition, NetworkMode, PortMapping } from '../../shapes/generated/ecs.ts';
import { portsOfRange, readPortRange } from '../task/port-range.ts';
import { type ContainerRule, type Draft, forEachContainer, type Rule } from './draft.ts';

const PORT_MAX = 65_535;
const PORT_NAME = /^[a-z0-9_][a-z0-9_-]{0,63}$/;
const PORT_RANGES_MAX_COUNT = 100;

const rules: readonly ContainerRule[] = [
  ({ name, portMappings = [] }) =>
    portMappings.some(isMixed)
      ? `Invalid port mapping for container '${name}', cannot specify both single port and port range.`
      : undefined,
  ({ name, portMappings = [] }) =>
    portMappings.every((mapping) => mapping.containerPortRange !== undefined || isPort(mapping.containerPort))
      ? undefined
      : `Invalid 'containerPort' setting for container '${name}'.`,
  ({ name, portMappings = [] }) =>
    areRanges(portMappings) ? undefined : `Invalid 'containerPortRange' setting for container '${name}'.`,
  ({ name, portMappings = [] }, { networkMode }) =>
    networkMode === 'host' && portMappings.some(({ containerPortRange }) => containerPortRange !== undefined)
      ? `Invalid 'containerPortRange' setting for container '${name}'.`
      : undefined,
  ({ name, portMappings = [] }) =>
    portMappings.every(({ hostPort = 0 }) => hostPort === 0 || isPort(hostPort))
      ? undefined
      : `Invalid 'hostPort' setting for container '${name}'.`,
  ({ name, portMappings = [] }) =>
    portMappings.every((mapping) => mapping.name === undefined || PORT_NAME.test(mapping.name))
      ? undefined
      : `Invalid port mapping name for container '${name}'.`,
  ({ name, portMappings = [] }) =>
    portMappings.some((mapping) => mapping.appProtocol !== undefined && mapping.name === undefined)
      ? `Invalid port mapping for container '${name}', appProtocol requires a port mapping name.`
      : undefined,
  ({ name, portMappings = [] }, { networkMode }) =>
    networkMode === 'none' && portMappings.length > 0
      ? `Port mappings for container '${name}' are not supported when networkMode=none.`
      : undefined,
  ({ portMappings = [] }, { networkMode }) =>
    isShared(networkMode) && !portMappings.every(hasMatchingPorts)
      ? `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`
      : undefined,
];

/** What awsvpc takes from a container: its network is the task's. */
const AWSVPC_FORBIDS: readonly { has(container: ContainerDefinition): boolean; text: string }[] = [
  { has: ({ links = [] }) => links.length > 0, text: 'Links are not supported when networkMode=awsvpc.' },
  {
    has: ({ hostname }) => hostname !== undefined,
    text: 'hostname is not supported on container when networkMode=awsvpc.',
  },
  {
    has: ({ extraHosts = [] }) => extraHosts.length > 0,
    text: 'Extra hosts are not supported on container when networkMode=awsvpc.',
  },
  {
    has: ({ dnsServers = [] }) => dnsServers.length > 0,
    text: 'DNS servers are not supported on container when networkMode=awsvpc.',
  },
  {
    has: ({ disableNetworking }) => disableNetworking === true,
    text: 'Disable Networking is not supported on container when networkMode=awsvpc.',
  },
];

const LINK = /^[A-Za-z0-9_-]{1,255}(?::[A-Za-z0-9_-]{1,255})?$/;

/** Names of other containers and hosts. (TDF-54) */
const nameRules: readonly ContainerRule[] = [
  ({ links = [] }, { networkMode }) =>
    links.length > 0 && networkMode !== 'bridge'
      ? `Links are not supported when networkMode=${networkMode}.`
      : undefined,
  ({ name, links = [] }, { containers }) => {
    const known = new Set(containers.map((container) => container.name));
    const unknown = links.find((link) => !known.has(link.split(':')[0] ?? ''));
    if (unknown !== undefined)
      return `Invalid 'links' setting. Unknown container: '${unknown.split(':')[0] ?? ''}'.`;
    return links.every((link) => LINK.test(link))
      ? undefined
      : `Invalid 'links' setting for container '${name}'.`;
  },
  ({ name, extraHosts = [] }) =>
    extraHosts.every(({ hostname = '', ipAddress = '' }) => hostname !== '' && ipAddress !== '')
      ? undefined
      : `Invalid 'extraHosts' setting for container '${name}'.`,
];

/** Ports, and what the network mode leaves to the containers. (TDF-10, TDF-11) */
export const networkRules: readonly Rule[] = [
  forEachContainer(rules),
  doublyMappedHostPort,
  doublyUsedContainerPort,
  doublyUsedPortName,
  forEachContainer([
    (container, { networkMode }) =>
      networkMode === 'awsvpc'
        ? AWSVPC_FORBIDS.find((forbidden) => forbidden.has(container))?.text
        : undefined,
  ]),
  forEachContainer(nameRules),
  brokenProxy,
];

function doublyMappedHostPort({ containers, networkMode }: Draft): string | undefined {
  if (networkMode === 'awsvpc') return undefined;
  const double = firstDouble(
    mappingsOf(containers).map((mapping) => {
      const port = networkMode === 'host' ? mapping.containerPort : mapping.hostPort;
      return port === undefined || port === 0 ? undefined : { port, protocol: mapping.protocol };
    }),
  );
  return double && `${double.protocol} host port '${double.port}' is mapped multiple times in task.`;
}

function doublyUsedContainerPort({ containers, networkMode }: Draft): string | undefined {
  if (networkMode !== 'awsvpc') return undefined;
  const double = firstDouble(
    mappingsOf(containers).map(({ containerPort, protocol }) =>
      containerPort === undefined ? undefined : { port: containerPort, protocol },
    ),
  );
  return (
    double &&
    `${double.protocol} container port '${double.port}' is used multiple times in task when networkMode=awsvpc.`
  );
}

function doublyUsedPortName({ containers, networkMode }: Draft): string | undefined {
  const names = mappingsOf(containers).flatMap(({ name }) => (name === undefined ? [] : [name]));
  return new Set(names).size < names.length
    ? `When networkMode=${networkMode}, port mapping name is already used`
    : undefined;
}

function brokenProxy({ request, containers, networkMode }: Draft): string | undefined {
  const proxy = request.proxyConfiguration;
  if (proxy === undefined || (proxy.containerName ?? '') === '') return undefined;
  if (networkMode !== 'awsvpc') return 'APPMESH proxy configuration is only supported in networkMode=awsvpc';
  return containers.some(({ name }) => name === proxy.containerName)
    ? undefined
    : `Proxy container [${proxy.containerName}] does not exist.`;
}

interface UsedPort {
  readonly port: number;
  readonly protocol: string | undefined;
}

function firstDouble(
  ports: readonly (UsedPort | undefined)[],
): { port: number; protocol: string } | undefined {
  const seen = new Set<string>();
  for (const used of ports) {
    if (used === undefined) continue;
    const protocol = (used.protocol ?? 'tcp').toUpperCase();
    const key = `${protocol} ${used.port}`;
    if (seen.has(key)) return { port: used.port, protocol };
    seen.add(key);
  }
  return undefined;
}

const mappingsOf = (containers: readonly ContainerDefinition[]): readonly PortMapping[] =>
  containers.flatMap(({ portMappings = [] }) => portMappings);

/** Modes in which a port of the container is a port of the host or of the task's own address. */
const isShared = (networkMode: NetworkMode): boolean => networkMode === 'awsvpc' || networkMode === 'host';

const hasMatchingPorts = ({ hostPort = 0, containerPort }: PortMapping): boolean =>
  hostPort === 0 || hostPort === containerPort;

const isPort = (port: number | undefined): boolean => port !== undefined && port >= 1 && port <= PORT_MAX;

/** At most 100, in order, and no port in two mappings of one protocol. */
function areRanges(mappings: readonly PortMapping[]): boolean {
  const ranges = mappings.filter(({ containerPortRange }) => containerPortRange !== undefined);
  if (ranges.length > PORT_RANGES_MAX_COUNT) return false;
  if (ranges.some(({ containerPortRange }) => readPortRange(containerPortRange) === undefined)) return false;
  if (ranges.length === 0) return true;
  const ports = mappings.flatMap(({ containerPort, containerPortRange, protocol = 'tcp' }) =>
    (containerPort === undefined ? portsOfRange(containerPortRange) : [containerPort]).map(
      (port) => `${port}/${protocol}`,
    ),
  );
  return new Set(ports).size === ports.length;
}

const isMixed = (mapping: PortMapping): boolean =>
  mapping.containerPortRange !== undefined &&
  ((mapping.containerPort ?? 0) !== 0 || (mapping.hostPort ?? 0) !== 0);
