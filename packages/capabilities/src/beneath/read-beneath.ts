import { openBeneath } from "./open-beneath.ts";
import { refusal } from "./refusal.ts";

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** How a file beneath a root is read. */
export interface ReadBeneathOptions {
  /** Most bytes. @default 64 MiB */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads a regular file beneath a directory that somebody else may be changing; see {@link openBeneath}.
 *
 * @throws TOOL_INPUT_INVALID also for a file larger than `maxBytes`, however it grew
 */
export async function readBeneath(root: string, relative: string, options: ReadBeneathOptions = {}): Promise<Buffer> {
  const limit = options.maxBytes ?? DEFAULT_MAX_BYTES;
  await using handle = await openBeneath(root, relative);
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(CHUNK_BYTES, limit - total + 1)));
    if (bytesRead === 0) return Buffer.concat(chunks, total);
    total += bytesRead;
    if (total > limit) throw refusal("too-large", relative, ` of ${limit} bytes`);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}
