import type { PayloadContainer, PayloadTask } from '../domain/task-payload.ts';
import type { PayloadEntry } from '../link/acs-messages.ts';
import { isRecord, isText } from '../link/envelope.ts';

/** A payload's task that can be run, or the text of what is wrong with it. */
export type CheckedTask =
  | { readonly kind: 'task'; readonly task: PayloadTask }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Overrides may hold the command alone: everything else has been merged by the control plane. (AGT-4) */
const OVERRIDE_MEMBERS: ReadonlySet<string> = new Set(['command']);

type Given<Whole> = { readonly [Name in keyof Whole]?: Whole[Name] | null | undefined };

const TASK_DEFAULTS = {
  taskClusterArn: '',
  desiredStatus: 'RUNNING',
  family: '',
  version: '',
  taskDefinitionAccountId: '',
  launchType: 'EC2',
  networkMode: 'bridge',
  volumes: [],
  elasticNetworkInterfaces: [],
} as const;

/** `essential` is false when it is not sent, whatever the API's default is. */
const CONTAINER_DEFAULTS = {
  containerArn: '',
  essential: false,
  cpu: 0,
  memory: 0,
  environment: {},
  portMappings: [],
} as const;

/** Checks a task to run and fills in what its sender left out. (AGT-4) */
export function checkedTask(entry: PayloadEntry): CheckedTask {
  const given: Given<PayloadTask> = entry;
  const eni = given.elasticNetworkInterfaces?.[0];
  if (eni !== undefined && !hasAddress(eni))
    return invalid('eni message validation: invalid network interface');
  const containers: PayloadContainer[] = [];
  for (const container of given.containers ?? []) {
    const checked = checkedContainer(container);
    if (typeof checked === 'string') return invalid(checked);
    containers.push(checked);
  }
  if (containers.length === 0) return invalid('the task has no containers');
  const task: PayloadTask = { ...TASK_DEFAULTS, ...present(given), arn: entry.arn, containers };
  return { kind: 'task', task };
}

/** What was sent, without the members that are null. */
function present<Whole>(given: Given<Whole>): Partial<Whole> {
  const entries = Object.entries(given).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as Partial<Whole>;
}

const invalid = (reason: string): CheckedTask => ({
  kind: 'invalid',
  reason: `UnrecogniedTaskError: ${reason}`,
});

const hasAddress = (eni: Partial<PayloadTask['elasticNetworkInterfaces'][number]>): boolean =>
  isText(eni.ec2Id) &&
  isText(eni.macAddress) &&
  isText(eni.ipv4Addresses?.[0]?.privateAddress) &&
  /^[0-9.]+\/\d{1,2}$/.test(eni.subnetGatewayIpv4Address ?? '');

function checkedContainer(given: Given<PayloadContainer>): PayloadContainer | string {
  const { name, image } = given;
  if (!isText(name) || !isText(image)) return 'a container has no name or no image';
  const overrides = overridesOf(given.overrides);
  const other = Object.keys(overrides ?? {}).find((member) => !OVERRIDE_MEMBERS.has(member));
  if (overrides === undefined || other !== undefined) {
    return `json: unknown field "${other ?? 'overrides'}" in the overrides of container ${name}`;
  }
  const command = overrides['command'];
  return {
    ...CONTAINER_DEFAULTS,
    ...present(given),
    ...(Array.isArray(command) && { command: command.map(String) }),
    name,
    image,
    overrides: '{}',
    dockerConfig: { config: '{}', hostConfig: '{}', version: '', ...present(given.dockerConfig ?? {}) },
  };
}

/** JSON text, an object, or nothing. Undefined for anything else. */
function overridesOf(given: unknown): Readonly<Record<string, unknown>> | undefined {
  if (given === undefined || given === null || given === '') return {};
  if (isRecord(given)) return given;
  if (typeof given !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(given);
    return isRecord(value) ? value : value === null ? {} : undefined;
  } catch {
    return undefined;
  }
}
