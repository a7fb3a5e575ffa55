import { Worker } from "node:worker_threads";
import type { ChildJob } from "./child-job.ts";
import type { WatcherMessage } from "./watch-parent.ts";

/** What the serving thread hears of the parent. */
export interface ParentWatch {
  readonly job: Promise<ChildJob>;
  /** Resolves when the parent is gone. */
  readonly orphaned: Promise<void>;
}

/** Starts the thread that watches the parent. Listens at once: what a thread says before anyone listens is lost. */
export function startParentWatch(entry: URL): ParentWatch {
  const thread = new Worker(entry);
  const job = new Promise<ChildJob>((resolve) => {
    thread.on("message", (message: WatcherMessage) => "job" in message && resolve(message.job));
  });
  const orphaned = new Promise<void>((resolve) => {
    thread.on("message", (message: WatcherMessage) => "orphaned" in message && resolve());
  });
  return { job, orphaned };
}
