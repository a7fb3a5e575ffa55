import { runScript } from "./run-script.ts";
import { shellPath } from "./shell-quote.ts";
import type { ToolShell } from "./tool-shell.ts";
import type { Window } from "./window.ts";

/** A part of a directory's listing. */
export interface DirectoryWindow {
  readonly kind: "directory";
  /** Entries in all. */
  readonly total: number;
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

/** A part of a file. */
export interface FileWindow {
  readonly kind: "file";
  /** Bytes in all. */
  readonly size: number;
  /** Lines in all. */
  readonly total: number;
  /** The first bytes, which tell an image. */
  readonly head: Buffer;
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

const MOST_BYTES = 30_000; // below what the loop shows of a result, so that the last line survives
const HEAD_BYTES = 16;

/**
 * Looks at a path and fetches the part that is asked for, in one command; the rest of a large file never travels.
 *
 * @throws Error when there is no file or directory to look at
 */
export async function openPath(
  shell: ToolShell,
  path: string,
  { offset, limit, signal }: Window & { readonly signal: AbortSignal },
): Promise<DirectoryWindow | FileWindow> {
  const part = `tail -n +${offset} | head -n ${limit} | head -c ${MOST_BYTES + 1} | base64`;
  const script = `
p=${shellPath(path)}
if [ -d "$p" ]; then
  echo directory
  ls -1A -- "$p" > /dev/null || exit 1
  ls -1A -- "$p" | wc -l
  ls -1Ap -- "$p" | ${part}
elif [ -f "$p" ]; then
  [ -r "$p" ] || { printf 'cannot read %s: permission denied\\n' "$p" >&2; exit 1; }
  echo file
  echo $(wc -c < "$p") $(wc -l < "$p") $(tail -c 1 -- "$p" | wc -l)
  head -c ${HEAD_BYTES} -- "$p" | base64
  cat -- "$p" | ${part}
elif [ -e "$p" ]; then
  printf '%s is neither a file nor a directory\\n' "$p" >&2; exit 1
else
  printf 'there is no %s\\n' "$p" >&2; exit 1
fi`;
  const [kind, counts = "", ...rest] = (await runScript(shell, script, signal)).split("\n");
  if (kind === "directory") return { kind, total: Number(counts), ...cutPart(rest) };
  const [size = 0, newlines = 0, endsInNewline = 0] = counts.split(" ").map(Number);
  const [head = "", ...part64] = size === 0 ? [] : rest;
  const total = newlines + (size > 0 && endsInNewline === 0 ? 1 : 0);
  return { kind: "file", size, total, head: Buffer.from(head, "base64"), ...cutPart(part64) };
}

function cutPart(lines: readonly string[]): Pick<FileWindow, "bytes" | "isCut"> {
  const bytes = Buffer.from(lines.join(""), "base64");
  return { bytes: bytes.subarray(0, MOST_BYTES), isCut: bytes.byteLength > MOST_BYTES };
}
