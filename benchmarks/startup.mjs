import { fileURLToPath } from "node:url";
import { median, row, timeProcess } from "./measure.mjs";

const hud = fileURLToPath(new URL("../packages/cli/bin/hud.js", import.meta.url));

/** `hud --version` beside a bare Node, in turns. */
export async function startup() {
  const samples = Array.from({ length: 15 }, () => ({
    value: timeProcess([hud, "--version"]),
    baseline: timeProcess(["-e", "0"]),
  }));
  return [
    row("hud --version", "ms", {
      value: median(samples.map((it) => it.value)),
      baseline: median(samples.map((it) => it.baseline)),
    }),
  ];
}
