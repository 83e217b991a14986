import type { ContainerDefinition, LogConfiguration } from '../../shapes/generated/ecs.ts';
import { multilinePattern } from '../logs/multiline-pattern.ts';
import { brokenSecretFiles } from '../secrets/secret-files.ts';
import { parseValueFrom } from '../secrets/secret-reference.ts';
import { type ContainerRule, forEachContainer, type Rule } from './draft.ts';
import { brokenEnvironmentFiles } from './environment-files.ts';

/** The options of awslogs that the service knows. Which of them a host acts on is another table. (TDF-16) */
const AWSLOGS_OPTIONS: ReadonlySet<string> = new Set([
  'awslogs-create-group',
  'awslogs-credentials-endpoint',
  'awslogs-datetime-format',
  'awslogs-endpoint',
  'awslogs-force-flush-interval-seconds',
  'awslogs-format',
  'awslogs-group',
  'awslogs-max-buffered-events',
  'awslogs-multiline-pattern',
  'awslogs-region',
  'awslogs-stream',
  'awslogs-stream-prefix',
  'max-buffer-size',
  'mode',
  'tag',
]);

const AWSLOGS_REQUIRED: readonly string[] = ['awslogs-region', 'awslogs-group'];

/** The values that an option of awslogs may have, where not every text is one. */
const AWSLOGS_VALUES: Readonly<Record<string, RegExp>> = {
  'awslogs-create-group': /^(?:true|false)$/i,
  'awslogs-endpoint': /^https?:\/\/[^\s/]+\/?$/,
  'awslogs-force-flush-interval-seconds': /^[1-9]\d{0,8}$/,
  'awslogs-format': /^json\/emf$/,
  'awslogs-max-buffered-events': /^[1-9]\d{0,8}$/,
  mode: /^(?:blocking|non-blocking)$/,
  'max-buffer-size': /^\d+(?:b|k|m|g|kb|mb|gb)?$/i,
};

const MULTILINE_OPTIONS = ['awslogs-datetime-format', 'awslogs-multiline-pattern'] as const;

const rules: readonly ContainerRule[] = [
  ({ logConfiguration }) =>
    logConfiguration?.logDriver === 'awslogs' ? brokenAwslogs(logConfiguration) : undefined,
  ({ logConfiguration }, { containers }) =>
    logConfiguration?.logDriver === 'awsfirelens' &&
    !containers.some(({ firelensConfiguration }) => firelensConfiguration !== undefined)
      ? 'When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers.'
      : undefined,
  ({ secrets = [], logConfiguration }, { request }) =>
    secrets.length + (logConfiguration?.secretOptions?.length ?? 0) > 0 &&
    request.executionRoleArn === undefined
      ? "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
      : undefined,
  ({ repositoryCredentials }, { request }) =>
    (repositoryCredentials?.credentialsParameter ?? '') !== '' && request.executionRoleArn === undefined
      ? "When you are specifying repository credentials, you must also specify a value for 'executionRoleArn'."
      : undefined,
  sharedSecretName,
  brokenSecretSource,
  ({ dockerLabels = {}, secrets = [] }) =>
    brokenSecretFiles(
      dockerLabels,
      secrets.map(({ name }) => name ?? ''),
    ),
  ({ environmentFiles = [] }) => brokenEnvironmentFiles(environmentFiles),
];

/** Logs, secrets and environment files. (TDF-16, TDF-17) */
export const logRules: readonly Rule[] = [forEachContainer(rules)];

function brokenAwslogs({ options = {} }: LogConfiguration): string | undefined {
  const missing = AWSLOGS_REQUIRED.filter((name) => (options[name] ?? '') === '');
  if (missing.length > 0) return `Log driver awslogs requires options: ${missing.join(', ')}`;
  const unknown = Object.keys(options).filter((name) => !AWSLOGS_OPTIONS.has(name));
  if (unknown.length > 0) return `Log driver awslogs disallows options: ${unknown.join(', ')}`;
  if (
    options['awslogs-datetime-format'] !== undefined &&
    options['awslogs-multiline-pattern'] !== undefined
  ) {
    return 'Log driver awslogs does not take both awslogs-datetime-format and awslogs-multiline-pattern.';
  }
  const multilineName = MULTILINE_OPTIONS.find((name) => options[name] !== undefined);
  if (multilineName !== undefined && options['awslogs-format'] !== undefined) {
    return `Log driver awslogs does not take both awslogs-format and ${multilineName}.`;
  }
  const wrong = Object.entries(options).find(
    ([name, value]) =>
      AWSLOGS_VALUES[name]?.test(value) === false ||
      (name === multilineName && multilinePattern(options) === null),
  );
  return wrong && `Log driver awslogs has an invalid value for option ${wrong[0]}: ${wrong[1]}`;
}

/** A source that is neither a parameter nor the ARN of a secret. (TSC-1) */
function brokenSecretSource({ secrets = [], logConfiguration }: ContainerDefinition): string | undefined {
  for (const { name = '', valueFrom = '' } of [...secrets, ...(logConfiguration?.secretOptions ?? [])]) {
    if (name === '') return 'The secret name should not be null or empty.';
    const reference = parseValueFrom(valueFrom);
    if (reference.provider !== 'invalid') continue;
    return reference.service === 'asm'
      ? `The Secrets Manager ARN specified for secret ${name} is invalid. It ends after the secret's name, or in :json-key:version-stage:version-id.`
      : `The Systems Manager parameter name specified for secret ${name} is invalid. The parameter name can be up to 2048 characters and include the following letters and symbols: a-zA-Z0-9_.-,`;
  }
  return undefined;
}

function sharedSecretName({ secrets = [], environment = [] }: ContainerDefinition): string | undefined {
  const taken = new Set(environment.map(({ name }) => name));
  for (const { name } of secrets) {
    if (taken.has(name)) {
      return `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${name}'.`;
    }
    taken.add(name);
  }
  return undefined;
}
