import { readdir } from "node:fs/promises";
import path from "node:path";
import { SdkError } from "../errors/sdk-error.ts";
import { jobPaths, jobsDir } from "../rollout/journal/paths.ts";
import { storageError } from "../rollout/journal/storage-error.ts";

/** Ids of all jobs kept in a directory, in no order. */
export async function jobIds(hudDir: string): Promise<readonly string[]> {
  return await namesIn(jobsDir(hudDir));
}

/**
 * The full id of the job that an id or a unique beginning of one names.
 *
 * @throws JOB_NOT_FOUND when it names none or several
 */
export async function resolveJobId(hudDir: string, idOrPrefix: string): Promise<string> {
  return onlyMatch(await jobIds(hudDir), idOrPrefix, { code: "JOB_NOT_FOUND", what: "job", where: jobsDir(hudDir) });
}

/**
 * The trace that an id or a unique beginning of one names, and its job.
 *
 * @throws TRACE_NOT_FOUND when it names none or several
 */
export async function findTrace(hudDir: string, idOrPrefix: string): Promise<{ jobId: string; traceId: string }> {
  const owners = new Map<string, string>();
  for (const jobId of await jobIds(hudDir)) {
    for (const name of await namesIn(jobPaths(hudDir, jobId).traces)) {
      if (name.startsWith(idOrPrefix)) owners.set(path.basename(name, ".jsonl"), jobId);
    }
  }
  const where = jobsDir(hudDir);
  const traceId = onlyMatch([...owners.keys()], idOrPrefix, { code: "TRACE_NOT_FOUND", what: "trace", where });
  return { traceId, jobId: owners.get(traceId) ?? "" };
}

function onlyMatch(
  ids: readonly string[],
  wanted: string,
  o: { code: "JOB_NOT_FOUND" | "TRACE_NOT_FOUND"; what: string; where: string },
): string {
  if (ids.includes(wanted)) return wanted;
  const [first, ...others] = wanted === "" ? [] : ids.filter((id) => id.startsWith(wanted));
  if (first !== undefined && others.length === 0) return first;
  const message =
    first === undefined
      ? `no ${o.what} '${wanted}' in ${o.where}`
      : `'${wanted}' names ${others.length + 1} ${o.what}s in ${o.where}`;
  const hint = first === undefined ? "'hud jobs' lists what is there" : `give more of the id, as in ${first}`;
  throw new SdkError({ code: o.code, message, hint });
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw storageError(error, `cannot read ${dir}`);
  }
}
