import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { parentPort } from "node:worker_threads";
import type { ChildJob } from "./child-job.ts";

/** What the watching thread tells the serving one. */
export type WatcherMessage = { readonly job: ChildJob } | { readonly orphaned: true };

/**
 * Reads stdin in a thread of its own: the job, then the end that comes when the parent dies. User code that
 * blocks the serving thread for good cannot keep the process alive either.
 */
export function watchParent(): void {
  const stdin = new Socket({ fd: 0, readable: true, writable: false });
  stdin.on("error", () => stdin.destroy());
  let graceMs = 0; // before there is a job there is nothing to stop
  createInterface({ input: stdin })
    .once("line", (line) => {
      const job = JSON.parse(line) as ChildJob;
      graceMs = job.stopGraceMs;
      tell({ job });
    })
    .once("close", () => {
      tell({ orphaned: true });
      setTimeout(killOwnGroup, graceMs);
    });
}

/** Ends this process and everything it started, at once. */
export function killOwnGroup(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL"); // not the leader of a group: started by hand
  }
}

function tell(message: WatcherMessage): void {
  parentPort?.postMessage(message);
}
