import { link, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { SdkError } from "../../errors/sdk-error.ts";
import { randomId } from "../../util/ids.ts";
import { identifyProcess, isSameProcess, type ProcessIdentity } from "../../util/process-identity.ts";
import { storageError } from "./storage-error.ts";

interface Holder extends ProcessIdentity {
  readonly host: string;
}

const LOCK_FILE = /^lock\.(\d+)$/;

/**
 * Takes the one writer's place in a job's directory; disposing gives it back.
 *
 * Lock files are numbered, and any of a living holder counts. A dead holder's lock is never removed to make room, it is outnumbered:
 * creating number n + 1 succeeds for one of several takers, where removing and creating again would let two in.
 *
 * @throws JOB_LOCKED while another process writes the job
 */
export async function lockJob(dir: string): Promise<AsyncDisposable> {
  const own: Holder = { pid: process.pid, startedAt: null, host: hostname(), ...(await identifyProcess(process.pid)) };
  const draft = path.join(dir, `draft-lock.${randomId()}`);
  try {
    await writeFile(draft, JSON.stringify(own), { mode: 0o600 });
    return await takeLock(dir, draft);
  } catch (error) {
    throw storageError(error, `cannot lock ${dir}`);
  } finally {
    await rm(draft, { force: true });
  }
}

async function takeLock(dir: string, draft: string): Promise<AsyncDisposable> {
  for (;;) {
    const numbers = await lockNumbers(dir);
    for (const taken of numbers) await refuseIfHeld(path.join(dir, `lock.${taken}`), dir);
    const number = (numbers.at(-1) ?? 0) + 1;
    const mine = path.join(dir, `lock.${number}`);
    if (!(await linked(draft, mine))) continue; // somebody else took this number: look again
    const current = await lockNumbers(dir);
    if (current.some((other) => other !== number && !numbers.includes(other))) {
      await rm(mine, { force: true }); // others came while this process slept, with lower numbers too: a lock given back starts anew
      continue;
    }
    await Promise.all(numbers.map((older) => rm(path.join(dir, `lock.${older}`), { force: true })));
    return { [Symbol.asyncDispose]: () => rm(mine, { force: true }) };
  }
}

async function lockNumbers(dir: string): Promise<number[]> {
  const names = await readdir(dir);
  return names
    .flatMap((name) => LOCK_FILE.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** A hard link appears with its content at once, so that no reader meets a lock without a name in it. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function refuseIfHeld(file: string, dir: string): Promise<void> {
  const holder = await readHolder(file);
  if (holder === undefined) return;
  const elsewhere = holder.host !== hostname();
  if (!elsewhere && !(await isSameProcess(holder))) return;
  throw new SdkError({
    code: "JOB_LOCKED",
    message: `job ${path.basename(dir)} is being written by process ${holder.pid}${elsewhere ? ` on ${holder.host}` : ""}`,
    hint: elsewhere ? `wait for it, or remove ${file} if that machine is gone` : "wait for it, or end it",
    details: { pid: holder.pid, host: holder.host },
  });
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Holder;
  } catch {
    return undefined; // given back meanwhile, or no lock of ours: either way nobody holds it
  }
}
