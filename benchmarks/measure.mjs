import { spawnSync } from "node:child_process";

/** One row of the results; `ratio` is value over baseline. */
export function row(name, unit, { value, baseline }) {
  return { name, value, unit, baseline, ratio: value / baseline };
}

/** The median of the samples. */
export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Milliseconds that a whole process takes. */
export function timeProcess(args) {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} exited with ${status}`);
  return performance.now() - began;
}
