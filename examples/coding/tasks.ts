import { Taskset } from "@hud-ts/core";
import { fixBug } from "./env.ts";

export const tasks = new Taskset(
  "coding",
  [1, 2, 3, 4, 5].map((difficulty) => fixBug({ difficulty }, { slug: `bug-${difficulty}`, columns: { difficulty } })),
);
