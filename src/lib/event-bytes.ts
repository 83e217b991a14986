/** What AWS adds to each message when it counts bytes. (LOG-2) */
const EVENT_OVERHEAD_BYTES = 26;

/** How many bytes an event counts for: its message in UTF-8, plus 26. (LOG-2) */
export function eventBytes(message: string): number {
  let bytes = EVENT_OVERHEAD_BYTES;
  for (let index = 0; index < message.length; index += 1) {
    const unit = message.charCodeAt(index);
    // A surrogate is half of a character of four bytes; a lone one is written as three, so this may count one less.
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}
