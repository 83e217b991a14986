/** The program was asked for something it cannot do. The message says what to do instead; no stack is shown. */
export class UsageError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'UsageError';
  }
}
