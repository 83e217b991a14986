import type { ExecProcess, ExecRequest } from '../driver.ts';

const NOT_FOUND = 127;
const INTERRUPTED = 130;
const HUNG_UP = 129;
const KILLED = 137;
const INTERRUPT = 0x03;
const END_OF_INPUT = 0x04;

/**
 * A command without a process. `echo` prints its words and `exit` ends with a code; `cat`, `sh` and `bash` repeat what is
 * typed, until ^C or ^D; anything else is not found. (RUN-72)
 */
export class SimulatedExec implements ExecProcess {
  readonly execId: string;
  readonly ended: Promise<{ readonly exitCode: number }>;
  readonly #end: (result: { readonly exitCode: number }) => void;
  readonly #shown: Uint8Array[] = [];
  #listener: ((bytes: Uint8Array) => void) | undefined;
  #isPaused = false;
  #exitCode: number | undefined;

  constructor(execId: string, { command }: ExecRequest) {
    this.execId = execId;
    const { promise, resolve } = Promise.withResolvers<{ readonly exitCode: number }>();
    this.ended = promise;
    this.#end = resolve;
    const [program = '', ...words] = command;
    if (program === 'echo') this.#say(`${words.join(' ')}\r\n`, 0);
    else if (program === 'exit') this.#say('', Number(words[0] ?? 0));
    else if (!REPEATING.includes(program)) this.#say(`${program}: not found\r\n`, NOT_FOUND);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#exitCode !== undefined) return;
    this.#show(bytes);
    if (bytes.includes(INTERRUPT)) this.#finish(INTERRUPTED);
    else if (bytes.includes(END_OF_INPUT)) this.#finish(0);
  }

  async resize(columns: number, rows: number): Promise<void> {
    if (this.#exitCode === undefined) this.#show(new TextEncoder().encode(`[${columns}x${rows}]`));
  }

  onOutput(listener: (bytes: Uint8Array) => void): void {
    this.#listener = listener;
    this.#pump();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#pump();
  }

  async kill(): Promise<void> {
    this.#isPaused = false;
    this.#finish(HUNG_UP);
  }

  /** Its container has ended. */
  containerEnded(): void {
    this.#finish(KILLED);
  }

  #say(text: string, exitCode: number): void {
    if (text !== '') this.#show(new TextEncoder().encode(text));
    this.#finish(exitCode);
  }

  #show(bytes: Uint8Array): void {
    this.#shown.push(bytes.slice());
    this.#pump();
  }

  #finish(exitCode: number): void {
    this.#exitCode ??= exitCode;
    this.#pump();
  }

  #pump(): void {
    if (this.#isPaused) return;
    const listener = this.#listener;
    if (listener !== undefined) for (const bytes of this.#shown.splice(0)) listener(bytes);
    if (this.#exitCode !== undefined && this.#shown.length === 0) this.#end({ exitCode: this.#exitCode });
  }
}

const REPEATING: readonly string[] = ['cat', 'sh', 'bash', '/bin/sh', '/bin/bash'];
