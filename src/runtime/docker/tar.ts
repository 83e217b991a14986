/** A member of a tar archive. Paths are relative, at most 100 bytes. */
export type TarEntry =
  | { readonly path: string; readonly content: Uint8Array; readonly mode?: number | undefined }
  | { readonly path: string; readonly linkTo: string }
  | { readonly path: string; readonly isFolder: true; readonly mode?: number | undefined };

const BLOCK_BYTES = 512;
const PATH_LIMIT_BYTES = 100;

/** Packs entries into a tar archive (POSIX ustar), owned by root, of the epoch's time: same entries, same bytes. */
export function packTar(entries: readonly TarEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of entries) {
    const content = 'content' in entry ? Buffer.from(entry.content) : Buffer.alloc(0);
    blocks.push(header(entry, content.length), content);
    blocks.push(Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES));
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  if (Buffer.byteLength(entry.path) > PATH_LIMIT_BYTES)
    throw new Error(`path too long for a tar header: ${entry.path}`);
  const mode = 'mode' in entry && entry.mode !== undefined ? entry.mode : 0o755;
  block.write(entry.path, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(' '.repeat(8), 148);
  block.write(typeFlag(entry), 156);
  if ('linkTo' in entry) block.write(entry.linkTo, 157, PATH_LIMIT_BYTES);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
  return block;
}

function typeFlag(entry: TarEntry): string {
  if ('linkTo' in entry) return '2';
  return 'isFolder' in entry ? '5' : '0';
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\u0000`;
}
