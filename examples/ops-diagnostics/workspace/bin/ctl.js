// Starts, stops and looks after the services: node bin/ctl.js start|stop|status <service>
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [action, service] = process.argv.slice(2);
const program = join(root, "services", `${service}.js`);
const pidFile = join(root, "var/run", `${service}.pid`);

function pid() {
  if (!existsSync(pidFile)) return undefined;
  const value = Number(readFileSync(pidFile, "utf8"));
  try {
    process.kill(value, 0);
    return value;
  } catch {
    return undefined;
  }
}

if (!["start", "stop", "status"].includes(action) || !existsSync(program)) {
  console.error("usage: node bin/ctl.js start|stop|status <service>");
  process.exit(2);
}
for (const folder of ["log", "run"]) mkdirSync(join(root, "var", folder), { recursive: true });
if (action === "start" && pid() === undefined) {
  const log = openSync(join(root, "var/log", `${service}.log`), "a");
  const child = spawn(process.execPath, [program], { cwd: root, detached: true, stdio: ["ignore", log, log] });
  writeFileSync(pidFile, String(child.pid));
  child.unref();
  await delay(400);
}
if (action === "stop" && pid() !== undefined) process.kill(pid());
if (action === "stop") rmSync(pidFile, { force: true });
console.log(
  pid() === undefined ? `${service} is not running; see var/log/${service}.log` : `${service} runs as ${pid()}`,
);
process.exit(action === "stop" || pid() !== undefined ? 0 : 1);
