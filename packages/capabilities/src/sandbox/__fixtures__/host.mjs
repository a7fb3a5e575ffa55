// Starts a sandbox with something that runs in it, tells about it, and waits to be killed. Argument: the built package's entry.
import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";

const { allocateUids, startSandbox } = await import(process.argv[2]);
const { signal } = new AbortController();
const directory = process.argv[3];
const { uids } = await allocateUids();
const root = join(directory, "root");
await mkdir(root);
await chown(root, uids.agent, uids.agent);
const sandbox = await startSandbox({ root, uids }, { signal });
await sandbox.start({ argv: ["sleep", "300"] }, { signal });
await sandbox.start({ argv: ["sleep", "300"], user: "grader" }, { signal });
process.stdout.write(`${JSON.stringify(uids)}\n`);
setInterval(() => {}, 1000);
