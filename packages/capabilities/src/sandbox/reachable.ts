import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Who wants to get somewhere. */
export interface Passenger {
  readonly uid: number;
  readonly gid: number;
}

const EXECUTE = 0o1;

/** Whether a user may pass through `directory` and everything above it. */
export async function mayPass(directory: string, user: Passenger): Promise<boolean> {
  if ((permissions(await stat(directory), user) & EXECUTE) === 0) return false;
  const parent = dirname(directory);
  return parent === directory || (await mayPass(parent, user));
}

// The kernel looks at one class only: the owner's, else the group's, else that of all others.
function permissions({ mode, uid, gid }: Stats, user: Passenger): number {
  if (uid === user.uid) return mode >> 6;
  return gid === user.gid ? mode >> 3 : mode;
}
