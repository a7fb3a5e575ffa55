/** How often `part` occurs, one after the other. `part` is not empty. */
export function countOccurrences(bytes: Buffer, part: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(part); at !== -1; at = bytes.indexOf(part, at + part.byteLength)) count++;
  return count;
}

/** The bytes with every occurrence of `part` replaced; all others stay as they are, text or not. */
export function replaceBytes(bytes: Buffer, part: Buffer, replacement: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(part); at !== -1; at = bytes.indexOf(part, from)) {
    pieces.push(bytes.subarray(from, at), replacement);
    from = at + part.byteLength;
  }
  return Buffer.concat([...pieces, bytes.subarray(from)]);
}
