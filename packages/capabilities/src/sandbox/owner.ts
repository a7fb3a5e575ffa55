import { readlink } from "node:fs/promises";
import { identifyProcess, isSameProcess, type ProcessIdentity } from "@hud-ts/core/adapter";

/** The process that something on disk belongs to. */
export interface Owner extends ProcessIdentity {
  /** The pid namespace in which its pid means something. */
  readonly namespace: string;
}

/** This process, as an owner. */
export async function thisOwner(): Promise<Owner> {
  const identity = (await identifyProcess(process.pid)) ?? { pid: process.pid, startedAt: null };
  return { ...identity, namespace: await pidNamespace() };
}

/** Whether an owner is known to be dead; of another namespace's processes nothing is known. */
export async function isGone(owner: Owner): Promise<boolean> {
  return owner.namespace === (await pidNamespace()) && !(await isSameProcess(owner));
}

async function pidNamespace(): Promise<string> {
  return await readlink("/proc/self/ns/pid").catch(() => ""); // only Linux has them
}
