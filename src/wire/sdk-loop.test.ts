import { Readable } from 'node:stream';
import { HttpResponse } from '@smithy/core/protocols';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../domain/caller.ts';
import { instant } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import type { MemberTable, ServiceTable, TypeUse } from '../shapes/table.ts';
import { loadTable, type ServiceName } from '../shapes/tables.ts';
import { createDispatch, type Dispatch, type Handler, type OperationTables } from './dispatch.ts';
import { sigv4Authenticator } from './sigv4/verify.ts';

/*
 * The real SDK clients, in front of our wire without a network: every operation of every service, random inputs and
 * outputs made from the tables. What the client was given must reach the handler, signed, and what the handler
 * answers must reach the client.
 */

const SERVICES: readonly { name: ServiceName; load: () => Promise<object>; client: string }[] = [
  { name: 'ecs', load: () => import('@aws-sdk/client-ecs'), client: 'ECSClient' },
  { name: 'ecr', load: () => import('@aws-sdk/client-ecr'), client: 'ECRClient' },
  { name: 'logs', load: () => import('@aws-sdk/client-cloudwatch-logs'), client: 'CloudWatchLogsClient' },
  { name: 'iam', load: () => import('@aws-sdk/client-iam'), client: 'IAMClient' },
  { name: 'sts', load: () => import('@aws-sdk/client-sts'), client: 'STSClient' },
  { name: 'ec2', load: () => import('@aws-sdk/client-ec2'), client: 'EC2Client' },
];

/** Members that only the agent has; no SDK sends or reads them. */
const PRIVATE = new Set(['zoneId', 'systemLogsEndpoint', 'RegisterContainerInstanceRequest.clientToken']);

/** Event streams and operations on another host name than the endpoint's. */
const LEFT_OUT = new Set(['StartLiveTail', 'GetLogObject']);

const caller: Caller = { kind: 'root', accountId: '1', arn: 'arn', userId: '1', accessKeyId: 'AKIDEXAMPLE' };

type Json = Record<string, unknown>;
interface SdkClient {
  send(command: unknown): Promise<Json>;
}
type SdkModule = Record<string, new (argument: unknown) => unknown>;

describe.each(SERVICES)('the wire of $name', ({ name, load, client }) => {
  let table: ServiceTable;
  let sdk: SdkModule;
  let sent: Json;
  let answer: Json;
  let loop: SdkClient;

  beforeAll(async () => {
    table = await loadTable(name);
    sdk = (await load()) as SdkModule;
    const handler: Handler = (_request, input: Json) => {
      sent = input;
      return answer;
    };
    const handlers = Object.fromEntries(
      Object.keys(table.operations).map((operation) => [operation, handler]),
    );
    const dispatch = await aDispatch({ [name]: handlers });
    const Client = sdk[client];
    if (Client === undefined) throw new Error(`no ${client}`);
    loop = new Client(clientOptions(dispatch)) as SdkClient;
  });

  test('carries every input and output of every operation', async () => {
    for (const [operation, { input, output }] of Object.entries(table.operations)) {
      if (LEFT_OUT.has(operation)) continue;
      const Command = sdk[`${operation}Command`];
      if (Command === undefined) throw new Error(`no ${operation}Command`);
      const cases = fc.sample(fc.tuple(anyShape(table, input), anyShape(table, output)), {
        numRuns: 4,
        seed: 7,
      });
      for (const [request, response] of cases) {
        answer = response as Json;
        const received = await loop.send(new Command(sdkForm(table, input, request)));
        expect({ operation, sent }).toEqual({ operation, sent: request });
        const { $metadata, ...rest } = received;
        expect($metadata).toMatchObject({ httpStatusCode: 200, attempts: 1 });
        expect({ operation, received: rest }).toEqual({
          operation,
          received: sdkForm(table, output, response),
        });
      }
    }
  });
});

async function aDispatch(operations: OperationTables): Promise<Dispatch> {
  return createDispatch({
    operations,
    authenticator: sigv4Authenticator({
      clock: { now: () => instant(Date.now()), schedule: () => () => {} },
      findKey: () => ({ secretAccessKey: 'secret', caller }),
    }),
    authorize: () => {},
    anonymous: { ...caller, kind: 'anonymous' },
    ids: { hex: () => '', digits: () => '', uuid: () => 'request-1', base32: () => '', secret: () => '' },
    log: {
      ...silentLog,
      error: (event, fields) => process.stderr.write(`${event} ${JSON.stringify(fields)}\n`),
    },
  });
}

interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

function bytesOf(body: string | Uint8Array | undefined): Buffer {
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return Buffer.from(body ?? '');
}

function clientOptions(dispatch: Dispatch): object {
  const handle = async (request: SdkRequest) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([key, value]) => [key.toLowerCase(), value]),
    );
    const {
      status,
      headers: answered,
      body,
    } = await dispatch({
      method: request.method,
      path: request.path,
      query: new URLSearchParams(request.query).toString(),
      headers,
      body: bytesOf(request.body),
    });
    return {
      response: new HttpResponse({
        statusCode: status,
        headers: { ...answered },
        body: Readable.from([Buffer.from(body)]),
      }),
    };
  };
  return {
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:7070',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    disableHostPrefix: true,
    maxAttempts: 1,
    requestHandler: { handle },
  };
}

/** Our form of a value in the SDK's: timestamps are dates. */
function sdkForm(table: ServiceTable, type: string | undefined, value: unknown): unknown {
  if (type === 'timestamp') return new Date(Number(value));
  const shape = type === undefined ? undefined : table.shapes[type];
  if (shape === undefined || shape.kind === 'enum' || value === undefined) return value;
  if (shape.kind === 'list')
    return (value as unknown[]).map((item) => sdkForm(table, shape.element.type, item));
  const entries = Object.entries(value as Json);
  const typeOf = (key: string): string | undefined =>
    shape.kind === 'map' ? shape.value.type : shape.members[key]?.type;
  return Object.fromEntries(entries.map(([key, item]) => [key, sdkForm(table, typeOf(key), item)]));
}

const DEPTH = 5;

function anyShape(table: ServiceTable, name: string | undefined): fc.Arbitrary<unknown> {
  return name === undefined ? fc.constant({}) : anyType(table, { type: name }, DEPTH);
}

function anyType(table: ServiceTable, use: TypeUse, depth: number): fc.Arbitrary<unknown> {
  const simple = anySimple(use);
  if (simple !== undefined) return simple;
  const shape = table.shapes[use.type];
  if (shape === undefined) throw new Error(use.type);
  switch (shape.kind) {
    case 'enum':
      return fc.constantFrom(...shape.values);
    case 'list': {
      const minLength = Math.max(1, use.constraints?.minLength ?? 1);
      return fc.array(anyType(table, shape.element, depth - 1), { minLength, maxLength: minLength + 1 });
    }
    case 'map':
      return fc.dictionary(anyText, anyType(table, shape.value, depth - 1), { minKeys: 1, maxKeys: 2 });
    default: {
      const members = Object.entries(shape.members).filter(
        ([key, member]) =>
          !PRIVATE.has(key) &&
          !PRIVATE.has(`${use.type}.${key}`) &&
          (member.required || member.idempotencyToken || depth > 0 || shape.kind === 'union'),
      );
      const made = Object.fromEntries(
        members.map(([key, member]) => [key, anyType(table, member, depth - 1)]),
      );
      if (shape.kind === 'union') {
        return fc.oneof(
          ...Object.entries(made).map(([key, item]) => item.map((value) => ({ [key]: value }))),
        );
      }
      const requiredKeys = members.filter(([, member]) => mustBeSent(member)).map(([key]) => key);
      return fc
        .record(made, { requiredKeys })
        .filter((value) => Object.keys(value).length > 0 || members.length === 0);
    }
  }
}

const mustBeSent = (member: MemberTable): boolean =>
  member.required === true || member.idempotencyToken === true;

const anyText = fc
  .array(fc.constantFrom('a', 'Z', '0', ' ', '<', '&', '"', "'", '%', '+', '=', '/', 'é', '漢', '😀', '\\'), {
    maxLength: 6,
  })
  .map((chars) => `x${chars.join('')}y`);

function anySimple(use: TypeUse): fc.Arbitrary<unknown> | undefined {
  const { minLength, min, max } = use.constraints ?? {};
  switch (use.type) {
    case 'string':
      return use.constraints === undefined ? anyText : fc.constant('a'.repeat(minLength ?? 1));
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: min ?? -(2 ** 31), max: max ?? 2 ** 31 - 1 });
    case 'long':
      return fc.integer({ min: min ?? -(2 ** 52), max: max ?? 2 ** 52 });
    case 'double':
      return fc.double({ noNaN: true, noDefaultInfinity: true, min: 0.001, max: 1e6 });
    case 'timestamp':
      return fc.integer({ min: 0, max: 4e9 }).map((seconds) => seconds * 1000);
    case 'blob':
      return fc.uint8Array({ minLength: 1, maxLength: 5 }).map((bytes) => new Uint8Array(bytes));
    case 'document':
      return fc.constantFrom({ a: [1, 'b', null] }, 'text', 7);
    default:
      return undefined;
  }
}
