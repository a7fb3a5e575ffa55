import { Environment } from "@hud-ts/core";
import { SdkError } from "@hud-ts/core/adapter";
import { runtimeConformance } from "@hud-ts/core/conformance";
import { type Server, serve, writePortFile } from "@hud-ts/core/serve";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LETTER_ROW } from "../__fixtures__/letter-env.ts";
import { project } from "../__fixtures__/project.ts";
import { remote } from "./remote.ts";

const { signal } = new AbortController();

function letters(): Environment {
  const env = new Environment({ name: "letters" });
  env.template({ id: "count" })(async function* () {
    const answer = yield "How many letters has banana?";
    yield answer === "6";
  });
  return env;
}

let server: Server;
beforeAll(async () => {
  server = await serve(letters());
});
afterAll(() => server.close());

async function codeOf(work: Promise<unknown> | undefined): Promise<string> {
  const error: unknown = await work?.then(
    () => "nothing",
    (thrown) => thrown,
  );
  return SdkError.is(error) ? error.code : String(error);
}

const cases = runtimeConformance({ create: () => remote(server.url, { token: server.token ?? "" }), row: LETTER_ROW });
for (const item of cases) test(item.id, () => item.run());

test("a Unix socket serves as well", async () => {
  await using home = await project({});
  await using socket = await serve(letters(), { path: home.at("control.sock") });
  const runtime = remote(socket.url, { token: socket.token ?? "" });
  await using prepared = await runtime.prepare?.([LETTER_ROW], { signal });
  expect(prepared).toBeDefined();
});

test("a wrong token is told before a job begins, and so is a missing one", async () => {
  for (const options of [{ token: "wrong" }, {}]) {
    expect(await codeOf(remote(server.url, options).prepare?.([LETTER_ROW], { signal }))).toBe("RUNTIME_AUTH");
  }
});

test("the token comes from a file, or from what a server of this machine left", async () => {
  const token = server.token ?? "";
  await using home = await project({ token: `\n${token}\n`, empty: "" });
  const tokenOf = async (options: Parameters<typeof remote>[1]) => {
    await using lease = await remote(server.url, options).acquire(LETTER_ROW, { signal });
    return lease.token;
  };
  expect(await tokenOf({ tokenFile: home.at("token") })).toBe(token);
  expect(await codeOf(tokenOf({ tokenFile: home.at("empty") }))).toBe("CREDENTIAL_MISSING");
  expect(await codeOf(tokenOf({ tokenFile: home.at("absent") }))).toBe("CREDENTIAL_MISSING");
  expect(await tokenOf({ hudDir: home.directory })).toBeUndefined();
  const file = { port: server.port, url: server.url, token, pid: process.pid };
  await using _left = await writePortFile(home.directory, file);
  expect(await tokenOf({ hudDir: home.directory })).toBe(token);
});

test("a server that is not there is told within the given time", async () => {
  const gone = await serve(letters());
  await gone.close();
  const runtime = remote(gone.url, { token: "x", readyTimeoutMs: 100 });
  expect(await codeOf(runtime.prepare?.([LETTER_ROW], { signal }))).toBe("RUNTIME_START_TIMEOUT");
});

test("urls and options are checked at once", () => {
  expect(() => remote("http://127.0.0.1:1")).toThrow("http://");
  expect(() => remote(server.url, { token: "a", tokenFile: "b" })).toThrow("got both");
});
