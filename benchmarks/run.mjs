// Runs the benchmarks against the built packages and prints a table of ratios.
import { writeFileSync } from "node:fs";
import { placement } from "./placement.mjs";
import { rollouts } from "./rollouts.mjs";
import { sandbox } from "./sandbox.mjs";
import { sshExec } from "./ssh-exec.mjs";
import { startup } from "./startup.mjs";

const benchmarks = { rollouts, placement, startup, sandbox, "ssh-exec": sshExec };
const wanted = process.argv.slice(2);
const results = [];
for (const [name, benchmark] of Object.entries(benchmarks)) {
  if (wanted.length === 0 || wanted.includes(name)) results.push(...(await benchmark()));
}

const format = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
console.log("name | value | baseline | ratio");
for (const { name, value, unit, baseline, ratio } of results) {
  console.log(`${name} | ${format(value)} ${unit} | ${format(baseline)} ${unit} | ${ratio.toFixed(2)}`);
}
writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
