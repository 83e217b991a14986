import { parseValueFrom, type SecretReference } from '../core/secrets/secret-reference.ts';
import type { PayloadTask } from '../domain/task-payload.ts';
import { plusMs } from '../lib/clock.ts';
import { isRecord } from '../link/envelope.ts';
import type { SigningCredentials } from '../link/sigv4-sign.ts';
import { type AwsApi, type AwsCaller, AwsError, awsCall, SECRETS_API, SSM_API } from './aws-call.ts';
import { type CredentialsBook, signingPart } from './credentials-book.ts';
import { readObject } from './object-reader.ts';
import { secretErrors } from './secret-errors.ts';

/** Reads values for a task, signed by the task's execution role and by nothing else. */
export interface SecretReader {
  /** The value of each `valueFrom`. Rejects with a `SecretsError` when one cannot be had. (TSC-3) */
  read(payload: PayloadTask, valuesFrom: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Reads files in S3 too. */
export interface ValueReader extends SecretReader {
  /** The text of each environment file, by its ARN. (TSC-5) */
  files(payload: PayloadTask, arns: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The text of the configuration that a log router includes, by its ARN. (FLN-5) */
  routerConfig(payload: PayloadTask, arn: string): Promise<string>;
}

/** Pauses before a call that the service could not answer is tried again. */
const RETRY_PAUSES_MS = [500, 1_500] as const;
const SERVER_FAULT_STATUS = 500;
/** GetParameters takes at most this many names. */
const NAMES_MAX_COUNT = 10;

type AsmReference = Extract<SecretReference, { readonly provider: 'asm' }>;
type SsmReference = Extract<SecretReference, { readonly provider: 'ssm' }>;

interface Reading {
  readonly caller: AwsCaller;
  readonly endpointUrl: string;
  readonly credentials: SigningCredentials;
}

/** Asks Secrets Manager and Parameter Store at `endpointUrl`. */
export function secretReader(caller: AwsCaller, endpointUrl: string, book: CredentialsBook): ValueReader {
  return {
    read: async (payload, valuesFrom) => {
      const distinct = [...new Set(valuesFrom)];
      if (distinct.length === 0) return new Map();
      const reading: Reading = { caller, endpointUrl, credentials: executionRole(payload, book) };
      const [ofSecrets, ofParameters] = await Promise.all([
        readSecrets(reading, distinct),
        readParameters(reading, distinct),
      ]);
      return new Map([...ofSecrets, ...ofParameters]);
    },
    files: async (payload, arns) => {
      const distinct = [...new Set(arns)];
      if (distinct.length === 0) return new Map();
      const credentials = executionRole(payload, book);
      const texts = distinct.map(
        async (arn) =>
          [
            arn,
            await withRetries(
              caller,
              () => readObject(caller, { endpointUrl, credentials, arn }),
              (attempts, cause) => secretErrors.envFile(attempts, cause),
            ),
          ] as const,
      );
      return new Map(await Promise.all(texts));
    },
    routerConfig: async (payload, arn) => {
      const credentials = executionRole(payload, book);
      return withRetries(
        caller,
        () => readObject(caller, { endpointUrl, credentials, arn }),
        (_attempts, cause) => secretErrors.routerConfig(arn, cause),
      );
    },
  };
}

/** The credentials of the task's execution role. */
export function executionRole(payload: PayloadTask, book: CredentialsBook): SigningCredentials {
  const credentials = book.get(payload.executionRoleCredentials?.credentialsId ?? '');
  if (credentials === undefined) throw secretErrors.noRole();
  return signingPart(credentials);
}

/** Calls until the service has answered, a few times; `fail` makes the error of the last attempt. */
async function withRetries<T>(
  { clock }: AwsCaller,
  call: () => Promise<T>,
  fail: (attempts: number, cause: unknown) => Error,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const pauseMs = RETRY_PAUSES_MS[attempt - 1];
      if (pauseMs === undefined || !mayPass(error)) throw fail(attempt, error);
      await new Promise<void>((resolve) => void clock.schedule(plusMs(clock.now(), pauseMs), resolve));
    }
  }
}

const mayPass = (error: unknown): boolean =>
  !(error instanceof AwsError) || error.status >= SERVER_FAULT_STATUS || error.code === 'ThrottlingException';

async function readSecrets(
  reading: Reading,
  valuesFrom: readonly string[],
): Promise<readonly (readonly [string, string])[]> {
  const asked = new Map<string, Promise<string>>();
  const wanted = valuesFrom.flatMap((valueFrom) => {
    const reference = parseValueFrom(valueFrom);
    if (reference.provider === 'invalid' && reference.service === 'asm') {
      throw secretErrors.invalidArn(valueFrom);
    }
    return reference.provider === 'asm' ? [{ valueFrom, reference }] : [];
  });
  return Promise.all(
    wanted.map(async ({ valueFrom, reference }) => {
      const { secretId, versionStage, versionId } = reference;
      const key = [secretId, versionStage, versionId].join(' ');
      const text = asked.get(key) ?? secretText(reading, reference);
      asked.set(key, text);
      return [valueFrom, keyValue(await text, reference.jsonKey)] as const;
    }),
  );
}

async function secretText(reading: Reading, reference: AsmReference): Promise<string> {
  const { secretId, versionStage, versionId, region } = reference;
  const output = await withRetries(
    reading.caller,
    () =>
      invoke(reading, SECRETS_API, {
        operation: 'GetSecretValue',
        input: { SecretId: secretId, VersionStage: versionStage, VersionId: versionId },
        region,
      }),
    (attempts, cause) => secretErrors.secret(secretId, attempts, cause),
  );
  const text = output['SecretString'];
  if (typeof text !== 'string') throw secretErrors.noText(secretId);
  return text;
}

/** One value of a JSON object; what is no text there is written as JSON again. */
function keyValue(text: string, jsonKey: string | undefined): string {
  if (jsonKey === undefined) return text;
  const object = parsedObject(text);
  if (object === undefined) throw secretErrors.notJson(jsonKey);
  if (!Object.hasOwn(object, jsonKey)) throw secretErrors.jsonKey(jsonKey);
  const value = object[jsonKey];
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function readParameters(
  reading: Reading,
  valuesFrom: readonly string[],
): Promise<readonly (readonly [string, string])[]> {
  const byRegion = new Map<string, SsmReference[]>();
  const invalid: string[] = [];
  for (const valueFrom of valuesFrom) {
    const reference = parseValueFrom(valueFrom);
    if (reference.provider === 'invalid' && reference.service === 'ssm') invalid.push(valueFrom);
    if (reference.provider !== 'ssm') continue;
    const region = reference.region ?? reading.caller.region;
    byRegion.set(region, [...(byRegion.get(region) ?? []), reference]);
  }
  if (invalid.length > 0) throw secretErrors.invalidParameters(invalid);
  const batches = [...byRegion].flatMap(([region, references]) =>
    Array.from({ length: Math.ceil(references.length / NAMES_MAX_COUNT) }, (_, index) => ({
      region,
      names: references.slice(index * NAMES_MAX_COUNT, (index + 1) * NAMES_MAX_COUNT).map(({ name }) => name),
    })),
  );
  return (await Promise.all(batches.map((batch) => readBatch(reading, batch)))).flat();
}

async function readBatch(
  reading: Reading,
  { region, names }: { readonly region: string; readonly names: readonly string[] },
): Promise<readonly (readonly [string, string])[]> {
  const output = await withRetries(
    reading.caller,
    () =>
      invoke(reading, SSM_API, {
        operation: 'GetParameters',
        input: { Names: names, WithDecryption: true },
        region,
      }),
    (attempts, cause) => secretErrors.parameters(attempts, cause),
  );
  const invalid = textList(output['InvalidParameters']);
  if (invalid.length > 0) throw secretErrors.invalidParameters(invalid);
  const found = new Map(entriesOf(output['Parameters']));
  return names.map((name) => {
    const value = found.get(name);
    if (value === undefined) throw secretErrors.invalidParameters([name]);
    return [name, value] as const;
  });
}

/** Each parameter under every name that may have asked for it. */
function entriesOf(parameters: unknown): readonly (readonly [string, string])[] {
  return (Array.isArray(parameters) ? parameters : []).filter(isRecord).flatMap((parameter) => {
    const { Name, ARN, Selector, Value } = parameter;
    const suffix = typeof Selector === 'string' ? Selector : '';
    return [`${String(Name)}${suffix}`, `${String(ARN)}${suffix}`].map(
      (name) => [name, String(Value)] as const,
    );
  });
}

const textList = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

const invoke = (
  { caller, endpointUrl, credentials }: Reading,
  api: AwsApi,
  {
    operation,
    input,
    region,
  }: { readonly operation: string; readonly input: object; readonly region: string },
) => awsCall({ ...caller, region }, { api, endpointUrl, operation, credentials, input });
