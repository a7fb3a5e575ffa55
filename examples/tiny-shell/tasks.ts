import { Taskset } from "@hud-ts/core";
import { findFailure, leaveRunning, sortInbox } from "./env.ts";

export const tasks = new Taskset("tiny-shell", [
  findFailure({ seed: 1 }, { slug: "find-failure-1" }),
  findFailure({ seed: 2 }, { slug: "find-failure-2" }),
  sortInbox({ seed: 1 }, { slug: "sort-inbox" }),
  leaveRunning({}, { slug: "leave-running" }),
]);
