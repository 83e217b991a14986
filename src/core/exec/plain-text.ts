/** What a terminal understands and a reader does not: colours, cursor moves, titles. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about.
const SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_]|[ -/][0-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same.
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/g;

/** A line of a terminal as plain text, in parts of at most `maxLength` characters; none when nothing is left. (EXE-52) */
export function plainLines(line: string, maxLength: number): readonly string[] {
  const text = line.replace(SEQUENCES, '').replace(CONTROLS, '');
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += maxLength) parts.push(text.slice(at, at + maxLength));
  return parts;
}
