// What a sandbox is without root. Arguments: the built entry, a directory to work in.
const { startSandbox } = await import(process.argv[2]);
const { signal } = new AbortController();
const sandbox = await startSandbox({ root: process.argv[3] }, { signal });
const run = async (command, user = "agent") => {
  const { stdout, stderr } = await sandbox.run({ command }, { signal, user });
  return stdout + stderr;
};
const found = {
  isolation: sandbox.isolation,
  users: `${(await run("id -u")).trim()} ${await run("id -u", "grader")}`,
  shadow: await run("cat /etc/shadow"),
  network: await run("tail -n +3 /proc/net/dev | cut -d: -f1 | xargs"),
};
const sleeper = await sandbox.start({ argv: ["sleep", "30"] }, { signal });
await sandbox.killAll();
const killed = (await sleeper.exit).signal === "SIGKILL";
const suicide = await run("kill -9 -1; sleep 5").catch((error) => error.code);
process.stdout.write(JSON.stringify({ ...found, killed, lost: suicide }));
await sandbox[Symbol.asyncDispose]();
