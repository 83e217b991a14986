import type { Frame } from './amazon-agent.ts';

type Members = Readonly<Record<string, unknown>>;

/** What is to be so, and the name of what is wrong when it is not. */
type Rule = readonly [isSo: boolean, what: string];

const broken = (rules: readonly Rule[]): readonly string[] =>
  rules.filter(([isSo]) => !isSo).map(([, what]) => what);

const isInteger = (value: unknown): boolean => Number.isInteger(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isOptional = (value: unknown, isSo: (value: unknown) => boolean): boolean =>
  value === undefined || value === null || isSo(value);
const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly Members[] => (value ?? []) as readonly Members[];
const isFragment = (value: unknown): boolean => typeof value === 'string' && isMembers(JSON.parse(value));

/**
 * Why the Amazon ECS agent would drop a payload without a word, or refuse a task of it: its Go structs take integers for
 * integers alone, texts for texts, and of the overrides only the command. None when it takes all.
 */
export function payloadFaults({ message }: Frame): readonly string[] {
  return [
    ...broken([
      ...['messageId', 'clusterArn', 'containerInstanceArn'].map(
        (name): Rule => [isText(message[name]), name],
      ),
      ...['seqNum', 'generatedAt'].map((name): Rule => [isInteger(message[name]), name]),
    ]),
    ...listOf(message['tasks']).flatMap((task) =>
      taskFaults(task).map((fault) => `${String(task['arn'])}: ${fault}`),
    ),
  ];
}

function taskFaults(task: Members): readonly string[] {
  const isStop = task['desiredStatus'] === 'STOPPED';
  const always = broken([
    [isText(task['arn']), 'arn'],
    [isStop || task['desiredStatus'] === 'RUNNING', 'desiredStatus'],
  ]);
  if (isStop) return always;
  const isAwsvpc = task['networkMode'] === 'awsvpc';
  return [
    ...always,
    ...broken([
      ...['family', 'version', 'taskClusterArn'].map((name): Rule => [isText(task[name]), name]),
      [isOptional(task['memory'], isInteger), 'memory'],
      [isOptional(task['cpu'], (value) => typeof value === 'number'), 'cpu'],
      ...['roleCredentials', 'executionRoleCredentials'].flatMap((name) => credentialRules(task, name)),
      ...listOf(task['elasticNetworkInterfaces']).flatMap(interfaceRules),
    ]),
    ...listOf(task['containers']).flatMap((container) =>
      broken(containerRules(container, isAwsvpc)).map((fault) => `${String(container['name'])}.${fault}`),
    ),
  ];
}

const CREDENTIAL_MEMBERS = [
  'credentialsId',
  'roleArn',
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
  'expiration',
];

function credentialRules(task: Members, name: string): readonly Rule[] {
  const credentials = task[name];
  if (!isMembers(credentials)) return [[credentials === undefined, name]];
  return CREDENTIAL_MEMBERS.map((member): Rule => [isText(credentials[member]), `${name}.${member}`]);
}

const interfaceRules = (eni: Members): readonly Rule[] => [
  [isText(eni['ec2Id']), 'eni.ec2Id'],
  [isText(eni['macAddress']), 'eni.macAddress'],
  [/^[\d.]+\/\d+$/.test(String(eni['subnetGatewayIpv4Address'])), 'eni.subnetGatewayIpv4Address'],
  [listOf(eni['ipv4Addresses']).length > 0, 'eni.ipv4Addresses'],
];

function containerRules(container: Members, isAwsvpc: boolean): readonly Rule[] {
  const {
    environment,
    portMappings,
    overrides,
    dockerConfig: docker,
  } = container as Members & {
    readonly dockerConfig: Members;
  };
  const ports = listOf(portMappings);
  const isMap =
    isMembers(environment) && Object.values(environment).every((value) => typeof value === 'string');
  const overridden = Object.keys(JSON.parse(String(overrides ?? '{}')) as Members);
  return [
    [isText(container['name']), 'name'],
    [isText(container['image']), 'image'],
    [typeof container['essential'] === 'boolean', 'essential'],
    [isInteger(container['cpu']), 'cpu'],
    [isInteger(container['memory']), 'memory'],
    [isOptional(container['startTimeout'], isInteger), 'startTimeout'],
    [isOptional(container['stopTimeout'], isInteger), 'stopTimeout'],
    [isMap, 'environment'],
    [!isAwsvpc || ports.length === 0, 'portMappings of an awsvpc task'],
    ...ports.flatMap((port): readonly Rule[] => [
      [isOptional(port['hostPort'], isInteger), 'portMappings.hostPort'],
      [isOptional(port['containerPort'], isInteger), 'portMappings.containerPort'],
      [port['protocol'] === 'tcp' || port['protocol'] === 'udp', 'portMappings.protocol'],
    ]),
    [overridden.every((name) => name === 'command'), 'overrides'],
    [/^1\.(1[7-9]|[2-4]\d)$/.test(String(docker['version'])), 'dockerConfig.version'],
    [isOptional(docker['config'], isFragment), 'dockerConfig.config'],
    [isOptional(docker['hostConfig'], isFragment), 'dockerConfig.hostConfig'],
  ];
}
