import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { SdkError } from "../../errors/sdk-error.ts";
import type { TaskRow } from "../../spec/task-row.ts";
import { randomId } from "../../util/ids.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { decodeTaskRow, encodeTaskRow } from "../../wire/codec/task-row.ts";
import { storageError } from "./storage-error.ts";

/** Where a job's tasks came from: a path and a hash over the files behind it. */
export interface JobSource {
  readonly path: string;
  readonly hash: string;
}

/** What `job.json` says: what was asked. */
export interface JobRecord {
  readonly id: string;
  readonly name: string;
  /** ISO-8601 UTC. */
  readonly createdAt: string;
  readonly rows: readonly TaskRow[];
  /** Repeats per row. */
  readonly group: number;
  readonly agent: { readonly name: string; readonly config: JsonObject };
  /** Ids of the runtimes, each once. */
  readonly runtimes: readonly string[];
  readonly limits: JsonObject;
  readonly source: JobSource | null;
  /** Package to version. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the caller wanted kept. */
  readonly config: JsonObject;
}

const schema = z.looseObject({
  v: z.literal(1),
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  rows: z.array(z.looseObject({})),
  group: z.number().int().min(1),
  agent: z.looseObject({ name: z.string() }),
});

/** Writes `job.json` whole or not at all. @throws STORAGE_FAILED */
export async function writeJobRecord(file: string, record: JobRecord): Promise<void> {
  const draft = `${file}.${randomId()}`;
  try {
    const value = { v: 1, ...record, rows: record.rows.map((row) => encodeTaskRow(row)) };
    // Synced: a rename may reach the disk before the bytes do, and without its record a synced journal is of no use.
    await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw storageError(error, `cannot write ${file}`);
  }
}

/** @throws JOB_NOT_FOUND when there is none, STORAGE_FAILED when it cannot be read */
export async function readJobRecord(file: string, jobId: string): Promise<JobRecord> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) {
      throw new SdkError({ code: "JOB_NOT_FOUND", message: `no job '${jobId}': ${file} does not exist`, cause: error });
    }
    throw storageError(error, `cannot read ${file}`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new SdkError({
      code: "STORAGE_FAILED",
      message: `${file} is no job record: ${z.prettifyError(parsed.error)}`,
    });
  }
  const { v: _version, rows, ...rest } = parsed.data;
  return {
    ...(rest as unknown as Omit<JobRecord, "rows">),
    rows: rows.map((row, index) => decodeRow(row, `row ${index + 1} of ${file}`)),
  };
}

function decodeRow(row: unknown, what: string): TaskRow {
  return decodeTaskRow(row, { what, deriveSlug: ({ id }) => id }); // never asked: a kept row has its slug
}
