import { randomBytes, randomInt } from "node:crypto";
import { link, mkdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import type { SandboxUids } from "./contract.ts";
import { isGone, type Owner, thisOwner } from "./owner.ts";
import { stateRoot, unlessExists } from "./state-root.ts";
import { usersWithProcesses } from "./user-processes.ts";

/** Below are the users of the machine; above 65,536 no distribution puts any. */
const FIRST_UID = 100_000;
const IDS_PER_SET = 3;
const SETS = 10_000;

/** A set of uids that no other sandbox of this machine has. Disposing gives it back. */
export interface UidLease extends AsyncDisposable {
  readonly uids: SandboxUids;
}

/** Who holds a set, and a number that tells this holding from any other. */
interface Holder {
  readonly owner: Owner;
  readonly nonce: string;
}

/**
 * Takes a set of uids, for as long as this process lives or until the lease is disposed. What dead processes held is taken over,
 * once nothing runs under it any more. Any number of processes may ask at the same time.
 *
 * @throws RUNTIME_QUOTA when every set is held
 */
export async function allocateUids(): Promise<UidLease> {
  const directory = await lockDirectory();
  const first = randomInt(SETS); // neighbours rarely meet, and what was just given back rests a while
  for (let step = 0; step < SETS; step++) {
    const set = (first + step) % SETS;
    if (await takeSet(directory, set)) return lease(directory, set);
  }
  throw new SdkError({
    code: "RUNTIME_QUOTA",
    message: `all ${SETS} sets of sandbox uids are held by running processes`,
    hint: "End sandboxes that are not needed any more.",
  });
}

/** Directory of the locks, one file per set that is held, and in it per holding that is being taken over. */
export async function lockDirectory(): Promise<string> {
  const directory = join(await stateRoot(), "uids");
  await mkdir(directory, { mode: 0o700 }).catch(unlessExists);
  return directory;
}

/** Removes the lock of a set whose holder is dead, as taking it over and giving it back at once; false when it is held. */
export async function releaseDeadSet(directory: string, set: number): Promise<boolean> {
  const current = await readHolder(join(directory, String(set)));
  if (current === undefined || !(await takeSet(directory, set))) return false;
  await unlink(join(directory, String(set)));
  return true;
}

/** The ids of a set. */
export function uidsOf(set: number): SandboxUids {
  const supervisor = FIRST_UID + set * IDS_PER_SET;
  return { supervisor, agent: supervisor + 1, grader: supervisor + 2 };
}

function lease(directory: string, set: number): UidLease {
  let released: Promise<void> | undefined;
  return {
    uids: uidsOf(set),
    [Symbol.asyncDispose]: () => (released ??= unlink(join(directory, String(set)))),
  };
}

/** Takes one set, if it is free or its holder is dead; whether it did. */
export async function takeSet(directory: string, set: number): Promise<boolean> {
  const lock = join(directory, String(set));
  const mine = join(directory, `new-${randomBytes(8).toString("hex")}`);
  const holder = { owner: await thisOwner(), nonce: randomBytes(8).toString("hex") };
  await writeFile(mine, JSON.stringify(holder), { mode: 0o600 });
  try {
    if (await linked(mine, lock)) return true; // a link appears with its content or not at all
    const dead = await readHolder(lock);
    if (dead === undefined || !(await isGone(dead.owner)) || (await inUse(set))) return false;
    return await succeed(mine, { lock, dead });
  } finally {
    await rm(mine, { force: true });
  }
}

/**
 * Replaces the lock of a dead holder. Only one can be the successor of a given holding: the one who made the file of its name.
 * Whoever made that file after the lock had already been replaced sees another holding in the lock, and leaves it alone.
 */
async function succeed(mine: string, { lock, dead }: { lock: string; dead: Holder }): Promise<boolean> {
  const claim = `${lock}.${dead.nonce}`;
  if (!(await linked(mine, claim))) return false;
  const current = await readHolder(lock);
  if (current?.nonce !== dead.nonce) {
    await unlink(claim);
    return false;
  }
  await rename(claim, lock);
  return true;
}

async function inUse(set: number): Promise<boolean> {
  const { supervisor, agent, grader } = uidsOf(set);
  const users = await usersWithProcesses();
  return [supervisor, agent, grader].some((uid) => users.has(uid));
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined; // given back just now
    throw error;
  }
}
