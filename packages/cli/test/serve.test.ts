import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { connectClient, dialTcp } from "@hud-ts/core/client";
import { afterEach, expect, test } from "vitest";
import { DOUBLES, documentOf, hud, project, type Running, startHud } from "./hud.ts";

const running: Running[] = [];
afterEach(async () => {
  for (const { child, finished } of running.splice(0)) {
    child.kill("SIGKILL");
    await finished;
  }
});

async function start(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const server = startHud(args, { cwd, env });
  running.push(server);
  const [, port] = await server.until(/^HUD_SERVE_PORT=(\d+)$/m);
  return { ...server, port: Number(port), url: `tcp://127.0.0.1:${port}` };
}

test("serves with a token that commands of the project find; a task is started, parked and graded", async () => {
  await using here = await project(DOUBLES);
  const cwd = here.path;
  const server = await start(["serve", "env.ts", "--port", "0"], cwd);
  const file = join(cwd, ".hud", "serve", `${server.port}.json`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ url: server.url, pid: server.child.pid });

  const info = documentOf(await hud(["info", server.url, "--json"], { cwd }));
  expect(info).toMatchObject({
    environments: [{ name: "doubles", templates: [{ id: "double", args: { required: ["n"] } }] }],
  });
  const on = ["--url", server.url];
  const prompt = await hud(["task", "start", "double", ...on, "--args", '{"n":4}'], { cwd });
  expect(prompt).toMatchObject({ code: 0, stdout: "Twice 4?\n" });
  expect(await hud(["task", "grade", "double", ...on, "--answer", "8"], { cwd })).toMatchObject({
    code: 0,
    stdout: "1\n",
  });
  const fresh = await hud(["task", "grade", "double", ...on, "--args", '{"n":5}', "--answer", "9", "--json"], { cwd });
  expect(documentOf(fresh)).toMatchObject({ score: 0 });
  const row = await hud(["task", "grade", "double-2", ...on, "-s", "tasks.ts", "--answer", "4"], { cwd });
  expect(row).toMatchObject({ code: 0, stdout: "1\n" });
  const job = await hud(["eval", "tasks.ts", "oracle", "--runtime", server.url, "--json"], { cwd });
  expect(documentOf(job)).toMatchObject({ mean_reward: 1, coverage: { graded: 2, total: 2 } });

  server.child.kill("SIGINT");
  expect(await server.finished).toMatchObject({ code: 0, stderr: expect.stringContaining("Stopped.") });
  await expect(stat(file)).rejects.toThrow("ENOENT");
});

test("what a served environment refuses is told in its words", async () => {
  await using here = await project(DOUBLES);
  const cwd = here.path;
  const { url, child, finished } = await start(["serve", "env.ts", "--port", "0"], cwd);
  const error = async (...args: string[]) => {
    const done = await hud(["task", "start", ...args, "--url", url, "--json"], { cwd });
    return { code: done.code, ...documentOf<object>(done) };
  };
  expect(await error("triple")).toEqual({ code: 1, error: "not_found", message: "unknown task: 'triple'" });
  expect(await error("double", "--args", '{"m":1}')).toMatchObject({
    code: 2,
    message: expect.stringContaining("bad args ['m']"),
  });
  expect(await error("double", "--args", "[1]")).toMatchObject({ code: 2, error: "usage", input: "[1]" });
  await using elsewhere = await project();
  const denied = await hud(["info", url, "--json"], { cwd: elsewhere.path });
  expect({ code: denied.code, ...documentOf<object>(denied) }).toEqual({
    code: 1,
    error: "permission_denied",
    message: `no access to ${url}: hello came without a token`,
    suggestion: expect.stringContaining("--token-file"),
  });
  const rows = await project({ "rows.json": '{"env":"doubles","id":"double","args":{"n":4}}', token: "wrong" });
  await using _rows = rows;
  const job = await hud(["eval", "rows.json", "nop", "--runtime", url, "--token-file", "token"], { cwd: rows.path });
  expect(job).toMatchObject({ code: 1, stderr: expect.stringContaining(`Error: no access to ${url}: `) });
  expect(job.stderr).toContain("Hint: Run this where `hud serve` was started");
  const lost = await hud(["info", url, "--token-file", "nosuch", "--json"], { cwd: rows.path });
  expect(documentOf(lost)).toMatchObject({
    message: expect.stringMatching(/cannot read the token file .*nosuch: ENOENT/),
  });
  child.kill("SIGTERM");
  expect((await finished).code).toBe(143);
});

test("an address where nobody can be is told with the address and the remedy", async () => {
  await using here = await project();
  const done = await hud(["info", "tcp://nobody.invalid:1", "--json"], { cwd: here.path });
  expect(done.code).toBe(1);
  expect(documentOf(done)).toMatchObject({
    message: expect.stringContaining("tcp://nobody.invalid:1: "),
    suggestion: expect.stringContaining("hud serve"),
  });
  const web = await hud(["info", "http://127.0.0.1:1", "--json"], { cwd: here.path });
  expect(web.code).toBe(2);
  expect(documentOf(web)).toMatchObject({ error: "usage", message: expect.stringContaining("tcp://host:port") });
});

test("a port in use names who holds it", async () => {
  await using here = await project(DOUBLES);
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address() as AddressInfo;
  const done = await hud(["serve", "env.ts", "--port", String(port), "--json"], { cwd: here.path });
  holder.close();
  expect(done.code).toBe(1);
  expect(documentOf(done)).toMatchObject({ error: "conflict", message: expect.stringContaining(`pid ${process.pid}`) });
});

test("the token of the environment is not handed on, and --no-auth lets everybody in", async () => {
  const spying = DOUBLES["env.ts"]
    .replace("Double a number.", "${process.env.HUD_CONTROL_TOKEN}")
    .replaceAll('"${', "`${")
    .replaceAll('}",', "}`,");
  await using here = await project({ "env.ts": spying });
  const cwd = here.path;
  const guarded = await start(["serve", "env.ts", "--port", "0"], cwd, { HUD_CONTROL_TOKEN: "a-known-token" });
  const { signal } = new AbortController();
  const connect = (port: number, token?: string) =>
    connectClient({ connect: (o) => dialTcp("127.0.0.1", port, o), token, signal, readyTimeoutMs: 5_000 });
  await using client = await connect(guarded.port, "a-known-token");
  expect((await client.listTasks())[0]?.description).toBe("undefined");
  const open = await start(["serve", "env.ts", "--port", "0", "--no-auth"], cwd);
  await using anybody = await connect(open.port);
  expect(anybody.manifest.env.name).toBe("doubles");
  expect(await hud(["serve", "env.ts", "--no-auth", "--token-file", "t"], { cwd })).toMatchObject({ code: 2 });
});

test("a relay adds the token for a client that has none", async () => {
  await using here = await project(DOUBLES);
  const server = await start(["serve", "env.ts", "--port", "0", "--token-file", "token"], here.path);
  const relay = await start(["relay", server.url, "--token-file", "token"], here.path);
  const { signal } = new AbortController();
  await using client = await connectClient({ connect: (o) => dialTcp("127.0.0.1", relay.port, o), signal });
  expect((await client.start("double", { n: 1 })).prompt).toBe("Twice 1?");
  relay.child.kill("SIGINT");
  expect((await relay.finished).code).toBe(0);
});
