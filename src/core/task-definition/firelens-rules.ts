import type { ContainerDefinition, FirelensConfiguration } from '../../shapes/generated/ecs.ts';
import { outputKey } from '../firelens/firelens-config.ts';
import type { Draft, Rule } from './draft.ts';
import { isObjectArn } from './environment-files.ts';

/** The values that an option of a log router may have. (FLN-1) */
const ROUTER_OPTIONS: Readonly<Record<string, RegExp>> = {
  'config-file-type': /^(?:file|s3)$/,
  'config-file-value': /^.+$/,
  'enable-ecs-log-metadata': /^(?:true|false)$/,
};

/** Options of a container that are not its output plugin's. */
const OWN_OPTIONS: ReadonlySet<string> = new Set([
  'exclude-pattern',
  'include-pattern',
  'log-driver-buffer-limit',
]);

/** A task's log router and the containers that log through it. (FLN-1) */
export const firelensRules: readonly Rule[] = [
  ({ containers }) =>
    routersOf(containers).length > 1
      ? 'Only one container of a task definition can have a firelens configuration.'
      : undefined,
  ({ containers }) => {
    const [router] = routersOf(containers);
    return router?.firelensConfiguration && brokenRouter(router.firelensConfiguration);
  },
  outputWithoutName,
  ({ containers }) =>
    routersOf(containers).some(({ logConfiguration }) => logConfiguration?.logDriver === 'awsfirelens')
      ? 'The container with the firelens configuration cannot use the log driver awsfirelens itself.'
      : undefined,
  ({ containers, requires }) => {
    const [router] = routersOf(containers);
    return requires.has('FARGATE') && router?.firelensConfiguration?.options?.['config-file-type'] === 's3'
      ? "Fargate launch type does not support FirelensConfiguration config file from 's3'"
      : undefined;
  },
];

const routersOf = (containers: readonly ContainerDefinition[]): readonly ContainerDefinition[] =>
  containers.filter(({ firelensConfiguration }) => firelensConfiguration !== undefined);

function brokenRouter({ type, options = {} }: FirelensConfiguration): string | undefined {
  if (type !== 'fluentd' && type !== 'fluentbit') return `Invalid firelens configuration type: ${type}`;
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(ROUTER_OPTIONS, name));
  if (unknown !== undefined) return `Invalid firelens configuration option: ${unknown}`;
  const wrong = Object.entries(options).find(([name, value]) => ROUTER_OPTIONS[name]?.test(value) === false);
  if (wrong !== undefined) return `Invalid value for firelens configuration option ${wrong[0]}: ${wrong[1]}`;
  const { 'config-file-type': fileType, 'config-file-value': file } = options;
  if ((fileType === undefined) !== (file === undefined))
    return 'The firelens configuration options config-file-type and config-file-value must be given together.';
  return fileType !== 's3' || isObjectArn(file ?? '')
    ? undefined
    : `Invalid value for firelens configuration option config-file-value: ${file}`;
}

/** The router would have options without knowing for which plugin. (FLN-1) */
function outputWithoutName({ containers }: Draft): string | undefined {
  const type = routersOf(containers)[0]?.firelensConfiguration?.type;
  if (type === undefined) return undefined;
  const key = outputKey(type);
  const isIncomplete = containers.some(({ logConfiguration }) => {
    const options = logConfiguration?.options ?? {};
    const isPlugins = Object.keys(options).some((name) => name !== key && !OWN_OPTIONS.has(name));
    return logConfiguration?.logDriver === 'awsfirelens' && isPlugins && options[key] === undefined;
  });
  return isIncomplete
    ? `missing output key ${key} which is required for firelens configuration of type ${type}`
    : undefined;
}
