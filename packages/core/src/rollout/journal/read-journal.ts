import { readFile } from "node:fs/promises";
import type { RunResult } from "../../spec/run-result.ts";
import type { TaskRow } from "../../spec/task-row.ts";
import { type EndedLine, type GradedLine, type JournalLine, parseJournalLine, runFromLines } from "./events.ts";
import { storageError } from "./storage-error.ts";

/** What a journal file says. */
export interface JournalContent {
  readonly lines: readonly JournalLine[];
  /** Bytes up to the end of the last complete line; what follows is the torn line of a killed writer. */
  readonly completeBytes: number;
}

/**
 * Reads a journal. A last line without its newline is what a killed process left and does not count.
 *
 * @throws STORAGE_FAILED for an unreadable file or a line in it that is no event
 */
export async function readJournal(path: string): Promise<JournalContent> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { lines: [], completeBytes: 0 };
    throw storageError(error, `cannot read ${path}`);
  }
  return parseJournal(bytes, path);
}

/**
 * The content of a journal's bytes; `path` names it in errors.
 *
 * @throws STORAGE_FAILED
 */
export function parseJournal(bytes: Buffer, path: string): JournalContent {
  const completeBytes = bytes.lastIndexOf(0x0a) + 1;
  const texts = bytes.subarray(0, completeBytes).toString("utf8").split("\n").slice(0, -1);
  const lines = texts.flatMap((text, index) => parseJournalLine(text, `line ${index + 1} of ${path}`) ?? []);
  return { lines, completeBytes };
}

/** What is known of one planned rollout: its attempts so far and the result of the latest that has one. */
export interface SlotHistory {
  /** Attempts placed, the unfinished last one included. */
  readonly attempts: number;
  readonly latest: RunResult | undefined;
  /** Every attempt that has a result, oldest first. */
  readonly runs: readonly RunResult[];
}

/** Folds a journal into one history per rollout, by {@link slotKey}; lines about rows that are not given are left out. */
export function foldJournal(
  lines: readonly JournalLine[],
  o: { rows: ReadonlyMap<string, TaskRow>; jobId: string },
): ReadonlyMap<string, SlotHistory> {
  const attempts = new Map<string, { graded?: GradedLine; ended?: EndedLine }[]>();
  for (const line of lines) {
    if (line.type === "job") continue;
    const key = slotKey(line.slug, line.repeat);
    const slot = attempts.get(key) ?? [];
    attempts.set(key, slot);
    const entry = slot[line.attempt - 1] ?? {};
    slot[line.attempt - 1] = entry;
    if (line.type === "graded") entry.graded = line;
    if (line.type === "ended") entry.ended = line;
  }
  const histories = new Map<string, SlotHistory>();
  for (const [key, slot] of attempts) {
    const row = o.rows.get(key.slice(key.indexOf(":") + 1));
    if (row === undefined) continue;
    const runs = slot.flatMap((entry) => runFromLines({ row, jobId: o.jobId }, entry?.graded, entry?.ended) ?? []);
    histories.set(key, { attempts: slot.length, latest: runs.at(-1), runs });
  }
  return histories;
}

/** Names a rollout within its job. */
export function slotKey(slug: string, repeat: number): string {
  return `${repeat}:${slug}`;
}
