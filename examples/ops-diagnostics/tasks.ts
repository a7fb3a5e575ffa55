import { Taskset } from "@hud-ts/core";
import { apiDown, stuckQueue, wrongUpstream } from "./env.ts";

export const tasks = new Taskset("ops-diagnostics", [
  apiDown({}, { slug: "api-down" }),
  stuckQueue({}, { slug: "stuck-queue" }),
  wrongUpstream({}, { slug: "wrong-upstream" }),
]);
