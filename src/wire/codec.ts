import type { OperationTable, ServiceTable } from '../shapes/table.ts';
import type { ServiceName } from '../shapes/tables.ts';
import { type Envelope, errorAnswer, outputAnswer, type WireAnswer } from './answer.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import { type EventStream, eventStreamAnswer, isEventStream } from './event-stream.ts';
import type { FormNode } from './form.ts';
import { Walk } from './issue.ts';
import { foundName, isObject, JsonReaders } from './json-reader.ts';
import { JsonWriters } from './json-writer.ts';
import { QueryReaders } from './query-reader.ts';
import type { Refusal } from './refusal.ts';
import type { WireRequest } from './request.ts';
import { RestReaders, UnreadableXml } from './rest-reader.ts';
import type { Labels } from './rest-route.ts';
import { restAnswer } from './rest-writer.ts';
import { escapeXml, XmlWriters } from './xml-writer.ts';

/** An input that holds to the model, or what is wrong with it. */
export type Decoded =
  | { readonly kind: 'input'; readonly input: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** An operation and its name. */
export interface NamedOperation {
  readonly name: string;
  readonly table: OperationTable;
}

/** Reads and writes everything of one service. */
export class Codec {
  readonly table: ServiceTable;
  readonly dialect: Dialect;
  readonly #jsonReaders: JsonReaders;
  readonly #jsonWriters: JsonWriters;
  readonly #queryReaders: QueryReaders;
  readonly #xmlWriters: XmlWriters;
  readonly #restReaders: RestReaders;

  constructor(table: ServiceTable) {
    this.table = table;
    this.dialect = dialectOf(table.service as ServiceName);
    this.#jsonReaders = new JsonReaders(table);
    this.#jsonWriters = new JsonWriters(table);
    this.#queryReaders = new QueryReaders(table);
    this.#xmlWriters = new XmlWriters(table);
    this.#restReaders = new RestReaders(table);
  }

  /** Reads a JSON body; an empty one counts as `{}`. */
  readJson(operation: NamedOperation, body: Buffer): Decoded {
    let value: unknown;
    try {
      value = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    } catch {
      return this.#unreadable('The request body is not valid JSON.');
    }
    if (!isObject(value)) {
      const what = foundName(value);
      return this.#unreadable(
        what === 'list'
          ? 'Start of list found where not expected'
          : `${what} cannot be converted to Structure`,
      );
    }
    const found = value;
    const { input } = operation.table;
    return this.#decode(operation, (walk) =>
      input === undefined ? {} : this.#jsonReaders.structure(input)(found, walk),
    );
  }

  /** Reads the parameters of a query request. */
  readForm(operation: NamedOperation, form: FormNode): Decoded {
    const { input } = operation.table;
    return this.#decode(operation, (walk) =>
      input === undefined ? {} : this.#queryReaders.structure(input)(form, walk),
    );
  }

  /** Reads a request whose members are all over it. */
  readRest(operation: NamedOperation, request: WireRequest, labels: Labels): Decoded {
    const { input } = operation.table;
    try {
      return this.#decode(operation, (walk) =>
        input === undefined ? {} : this.#restReaders.input(input, request, { labels, walk }),
      );
    } catch (error) {
      if (!(error instanceof UnreadableXml)) throw error;
      return this.#unreadable('');
    }
  }

  /** The answer for an operation's output. Throws when the output does not hold to the model. */
  writeOutput(operation: NamedOperation, envelope: Envelope, output: unknown): WireAnswer {
    const { output: shape } = operation.table;
    const value = (output ?? {}) as Readonly<Record<string, unknown>>;
    if (this.table.protocol === 'restXml') {
      return restAnswer(this.table, this.#xmlWriters, { operation, envelope, output: value });
    }
    const stream = shape === undefined ? undefined : this.#eventStream(shape, value);
    if (stream !== undefined) return eventStreamAnswer(envelope, stream);
    const writers = this.#isJson ? this.#jsonWriters : this.#xmlWriters;
    return outputAnswer(
      envelope,
      operation.name,
      shape === undefined ? undefined : writers.structure(shape)(value),
    );
  }

  /** The answer for an error, with the members that its shape has beside the message. */
  writeError(envelope: Envelope, refusal: Refusal): WireAnswer {
    return errorAnswer(envelope, refusal, this.#errorMembers(refusal));
  }

  /** The member of an output whose value comes event by event, if it has one. */
  #eventStream(shape: string, value: Readonly<Record<string, unknown>>): EventStream | undefined {
    const output = this.table.shapes[shape];
    if (output?.kind !== 'structure') return undefined;
    for (const [name, { type }] of Object.entries(output.members)) {
      const events = value[name];
      const union = this.table.shapes[type];
      if (!isEventStream(events) || union?.kind !== 'union') continue;
      return {
        events,
        write: (event, body) => this.#jsonWriters.structure(union.members[event]?.type ?? '')(body),
        isException: (event) => this.table.shapes[union.members[event]?.type ?? '']?.kind === 'error',
      };
    }
    return undefined;
  }

  #errorMembers(refusal: Refusal): string {
    if (this.table.protocol === 'restXml') return plainElements(refusal.members ?? {});
    if (refusal.shape === undefined || refusal.members === undefined) return '';
    const { message: _message, Message: _Message, ...members } = refusal.members;
    if (Object.keys(members).length === 0) return '';
    if (!this.#isJson) return this.#xmlWriters.structure(refusal.shape)(members);
    const text = this.#jsonWriters.structure(refusal.shape)(members).slice(1, -1);
    return text === '' ? '' : `,${text}`;
  }

  get #isJson(): boolean {
    return this.table.protocol === 'awsJson1_0' || this.table.protocol === 'awsJson1_1';
  }

  #unreadable(detail: string): Decoded {
    return { kind: 'refused', refusal: this.dialect.unreadable(detail) };
  }

  #decode(operation: NamedOperation, read: (walk: Walk) => Record<string, unknown>): Decoded {
    const walk = new Walk();
    const input = read(walk);
    if (walk.issues.length === 0) return { kind: 'input', input };
    return { kind: 'refused', refusal: this.dialect.refuse(operation.name, walk.issues) };
  }
}

/** Members of an error that no shape describes. */
const plainElements = (members: Readonly<Record<string, unknown>>): string =>
  Object.entries(members)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('');
