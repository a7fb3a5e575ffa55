import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { SandboxUids } from "./contract.ts";
import { GUEST } from "./guest.ts";
import { LAUNCH_ENVIRONMENT } from "./launch-environment.ts";

const execute = promisify(execFile);

/**
 * Gives the user namespace of `pid` its three users and groups. The kernel asks two things of the one who writes: to own
 * the namespace, and to hold SETUID and SETGID outside it. A helper that becomes the owner and keeps the two has both,
 * also in a container whose root has little else.
 */
export async function writeIdMap(options: {
  pid: number;
  uids: SandboxUids;
  setpriv: string;
  signal: AbortSignal;
}): Promise<void> {
  const { pid, uids, setpriv, signal } = options;
  const map = [
    `${GUEST.supervisor} ${uids.supervisor} 1`,
    `${GUEST.agent} ${uids.agent} 1`,
    `${GUEST.grader} ${uids.grader} 1`,
  ].join("\n");
  const owner = String(uids.supervisor);
  await execute(
    setpriv,
    [
      ...["--reuid", owner, "--regid", owner, "--clear-groups"],
      ...["--inh-caps=+setuid,+setgid", "--ambient-caps=+setuid,+setgid"],
      ...["--", "sh", "-c", 'echo "$2" >"/proc/$1/uid_map" && echo "$2" >"/proc/$1/gid_map"', "sh", String(pid), map],
    ],
    { env: LAUNCH_ENVIRONMENT, cwd: "/", signal },
  );
}
