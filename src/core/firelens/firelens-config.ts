/** The log router that a configuration is for. */
export type FirelensType = 'fluentd' | 'fluentbit';

/** What the configuration of a task's log router is made from. */
export interface FirelensView {
  readonly type: FirelensType;
  readonly options: Readonly<Record<string, string>>;
  readonly networkMode: string;
  readonly clusterName: string;
  readonly taskArn: string;
  /** `<family>:<revision>`. */
  readonly taskDefinition: string;
  /** The options of each container that logs through the router, by its name. */
  readonly logOptions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Where the router finds its configuration, inside of its container. (FLN-2) */
export const CONFIG_PATHS: Readonly<Record<FirelensType, string>> = {
  fluentd: '/fluentd/etc/fluent.conf',
  fluentbit: '/fluent-bit/etc/fluent-bit.conf',
};

/** Where the router finds a configuration that was read from S3, inside of its container. (FLN-5) */
export const EXTERNAL_PATHS: Readonly<Record<FirelensType, string>> = {
  fluentd: '/fluentd/etc/external.conf',
  fluentbit: '/fluent-bit/etc/external.conf',
};

/** The folder of the socket, inside of the router's container. (FLN-2) */
export const SOCKET_FOLDER = '/var/run';
/** The name of the socket in its folder. */
export const SOCKET_NAME = 'fluent.sock';
/** Where applications reach the router over the network of the task. (FLN-3) */
export const ROUTER_PORT = '24224';

/** The option of a container that says how much the engine buffers; the router does not see it. (FLN-3) */
export const BUFFER_LIMIT_OPTION = 'log-driver-buffer-limit';

const HEALTH_TAG = 'firelens-healthcheck';
const HEALTH_PORT = '8877';

type Options = Readonly<Record<string, string>>;

/** One piece of a configuration, in neither spelling. */
type Section =
  | { readonly kind: 'input'; readonly name: string; readonly tag?: string; readonly options: Options }
  | { readonly kind: 'record'; readonly fields: Options }
  | {
      readonly kind: 'grep';
      readonly match: string;
      readonly isExcluded: boolean;
      readonly pattern: string;
    }
  | { readonly kind: 'include'; readonly path: string }
  | { readonly kind: 'output'; readonly name: string; readonly match: string; readonly options: Options };

/** The text of the router's configuration. (FLN-2) */
export function firelensConfig(view: FirelensView): string {
  const write = view.type === 'fluentd' ? fluentdSection : fluentBitSection;
  return `${sectionsOf(view).map(write).join('\n\n')}\n`;
}

function sectionsOf(view: FirelensView): readonly Section[] {
  const outputs = Object.entries(view.logOptions).map(([name, options]) =>
    outputOf(view.type, name, options),
  );
  const external = externalPath(view);
  return [
    socketInput(view.type),
    ...networkInputs(view),
    ...recordOf(view),
    ...outputs.flatMap(({ filters }) => filters),
    ...(external === '' ? [] : [{ kind: 'include', path: external } as const]),
    ...(hasHealthInput(view) ? [NOWHERE] : []),
    ...outputs.flatMap(({ output }) => (output === undefined ? [] : [output])),
  ];
}

const externalPath = ({ type, options }: FirelensView): string =>
  options['config-file-type'] === 's3' ? EXTERNAL_PATHS[type] : (options['config-file-value'] ?? '');

function socketInput(type: FirelensType): Section {
  const path = `${SOCKET_FOLDER}/${SOCKET_NAME}`;
  return type === 'fluentd'
    ? { kind: 'input', name: 'unix', options: { path } }
    : { kind: 'input', name: 'forward', options: { unix_path: path } };
}

/** In awsvpc mode the containers share a loopback; in bridge mode the others come over the bridge. */
function networkInputs(view: FirelensView): readonly Section[] {
  const address = view.networkMode === 'awsvpc' ? '127.0.0.1' : '0.0.0.0';
  if (view.networkMode !== 'awsvpc' && view.networkMode !== 'bridge') return [];
  if (view.type === 'fluentd')
    return [{ kind: 'input', name: 'forward', options: { bind: address, port: ROUTER_PORT } }];
  return [
    { kind: 'input', name: 'forward', options: { Listen: address, Port: ROUTER_PORT } },
    { kind: 'input', name: 'tcp', tag: HEALTH_TAG, options: { Listen: '127.0.0.1', Port: HEALTH_PORT } },
  ];
}

const hasHealthInput = ({ type, networkMode }: FirelensView): boolean =>
  type === 'fluentbit' && (networkMode === 'awsvpc' || networkMode === 'bridge');

/** Health checks do not go into the logs. */
const NOWHERE: Section = { kind: 'output', name: 'null', match: HEALTH_TAG, options: {} };

function recordOf(view: FirelensView): readonly Section[] {
  if (view.options['enable-ecs-log-metadata'] === 'false') return [];
  const fields = {
    ecs_cluster: view.clusterName,
    ecs_task_arn: view.taskArn,
    ecs_task_definition: view.taskDefinition,
  };
  return [{ kind: 'record', fields }];
}

/** The option that names the output plugin. (FLN-1) */
export const outputKey = (type: FirelensType): string => (type === 'fluentd' ? '@type' : 'Name');

/** Without a plugin a container has no output of its own: the router's own configuration may have one. */
function outputOf(type: FirelensType, container: string, options: Options) {
  const match = `${container}-firelens${type === 'fluentd' ? '**' : '*'}`;
  const {
    [outputKey(type)]: name,
    'include-pattern': include,
    'exclude-pattern': exclude,
    [BUFFER_LIMIT_OPTION]: _limit,
    ...rest
  } = options;
  const grep = (pattern: string | undefined, isExcluded: boolean): readonly Section[] =>
    pattern === undefined ? [] : [{ kind: 'grep', match, isExcluded, pattern }];
  const output: Section | undefined =
    name === undefined ? undefined : { kind: 'output', name, match, options: rest };
  return { filters: [...grep(include, false), ...grep(exclude, true)], output };
}

const lines = (indent: string, pairs: Iterable<readonly [string, string]>): readonly string[] =>
  [...pairs].map(([name, value]) => `${indent}${name} ${value}`);

function fluentBitSection(section: Section): string {
  switch (section.kind) {
    case 'input': {
      const tag = section.tag === undefined ? [] : [['Tag', section.tag] as const];
      return block('[INPUT]', [['Name', section.name], ...tag, ...Object.entries(section.options)]);
    }
    case 'record': {
      const records = Object.entries(section.fields).map(
        ([name, value]) => ['Record', `${name} ${value}`] as const,
      );
      return block('[FILTER]', [['Name', 'record_modifier'], ['Match', '*'], ...records]);
    }
    case 'grep': {
      const rule = [section.isExcluded ? 'Exclude' : 'Regex', `log ${section.pattern}`] as const;
      return block('[FILTER]', [['Name', 'grep'], ['Match', section.match], rule]);
    }
    case 'include':
      return `@INCLUDE ${section.path}`;
    case 'output':
      return block('[OUTPUT]', [
        ['Name', section.name],
        ['Match', section.match],
        ...Object.entries(section.options),
      ]);
  }
}

const block = (title: string, pairs: Iterable<readonly [string, string]>): string =>
  [title, ...lines('    ', pairs)].join('\n');

function fluentdSection(section: Section): string {
  switch (section.kind) {
    case 'input': {
      const inner = lines('    ', [['@type', section.name], ...Object.entries(section.options)]);
      return ['<source>', ...inner, '</source>'].join('\n');
    }
    case 'record': {
      const records = lines('        ', Object.entries(section.fields));
      const inner = ['    @type record_transformer', '    <record>', ...records, '    </record>'];
      return ['<filter **>', ...inner, '</filter>'].join('\n');
    }
    case 'grep': {
      const rule = section.isExcluded ? 'exclude' : 'regexp';
      const inner = lines('        ', [
        ['key', 'log'],
        ['pattern', section.pattern],
      ]);
      const grep = ['    @type grep', `    <${rule}>`, ...inner, `    </${rule}>`];
      return [`<filter ${section.match}>`, ...grep, '</filter>'].join('\n');
    }
    case 'include':
      return `@include ${section.path}`;
    case 'output': {
      const inner = lines('    ', [['@type', section.name], ...Object.entries(section.options)]);
      return [`<match ${section.match}>`, ...inner, '</match>'].join('\n');
    }
  }
}
