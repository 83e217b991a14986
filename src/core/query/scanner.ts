/** A place in a text and what can be read from there on. Holds no rules of the language. */
export class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The character here; empty at the end. */
  get next(): string {
    return this.text.charAt(this.at);
  }

  skipBlanks(): void {
    while (!this.isAtEnd && /\s/.test(this.next)) this.at += 1;
  }

  /** Reads `text` when it stands here. */
  takes(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Reads `word` when it stands here and does not go on. */
  takesWord(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    if (/[A-Za-z0-9_:.-]/.test(this.text.charAt(this.at + word.length))) return false;
    this.at += word.length;
    return true;
  }

  /** Reads all characters from here on that `isPart` says yes to. */
  takeWhile(isPart: (char: string) => boolean): string {
    const from = this.at;
    while (!this.isAtEnd && isPart(this.next)) this.at += 1;
    return this.text.slice(from, this.at);
  }
}
