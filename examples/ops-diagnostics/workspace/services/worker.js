// Takes jobs off var/queue in order of name, one worker at a time; ends when the queue is empty.
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const lock = "var/worker.lock";
if (existsSync(lock)) {
  console.error(`${lock} is held by process ${readFileSync(lock, "utf8")}: another worker runs`);
  process.exit(1);
}
closeSync(openSync(lock, "wx"));
writeFileSync(lock, String(process.pid));
for (const folder of ["done", "failed"]) mkdirSync(`var/${folder}`, { recursive: true });
for (const name of readdirSync("var/queue").sort()) {
  const { id, numbers } = JSON.parse(readFileSync(`var/queue/${name}`, "utf8"));
  writeFileSync(`var/done/${name}`, JSON.stringify({ id, sum: numbers.reduce((a, b) => a + b, 0) }));
  rmSync(`var/queue/${name}`);
  console.log(`did ${name}`);
}
rmSync(lock);
