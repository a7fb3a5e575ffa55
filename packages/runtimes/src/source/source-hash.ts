import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";

/**
 * SHA-256 (hex) over the names, relative to `directory`, and contents of `files`: changes when any file does,
 * stays when the source as a whole moves.
 */
export async function sourceHash(files: readonly string[], directory: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) {
    const content = await readFile(file);
    hash.update(`${path.relative(directory, file).replaceAll(path.sep, "/")}\0${content.byteLength}\0`).update(content);
  }
  return hash.digest("hex");
}
