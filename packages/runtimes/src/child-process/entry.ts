import { isMainThread } from "node:worker_threads";
import { startParentWatch } from "./parent-watch.ts";

// Two threads of one process run this file: one serves, one watches whether the parent still lives.
if (isMainThread) {
  const parent = startParentWatch(new URL(import.meta.url));
  const { serveChild } = await import("./serve-child.ts");
  await serveChild(parent);
} else {
  const { watchParent } = await import("./watch-parent.ts");
  watchParent();
}
