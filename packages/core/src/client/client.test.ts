import { expect, test } from "vitest";
import { GOLDEN_REPLIES, GOLDEN_REQUESTS } from "../wire/__fixtures__/golden-frames.ts";
import { session } from "./__fixtures__/session.ts";
import { ProtocolError } from "./index.ts";

test("tasks are listed, started and graded", async () => {
  await using fixture = await session();
  const { client, peer } = fixture;
  const listing = client.listTasks();
  await peer.next("tasks.list");
  peer.write(GOLDEN_REPLIES.list);
  expect((await listing)[0]).toMatchObject({ id: "count", description: "Count letters", args: { type: "object" } });
  const starting = client.start("count", { n: 2 });
  expect(await peer.nextLine()).toBe(GOLDEN_REQUESTS.start);
  peer.write(GOLDEN_REPLIES.start);
  expect(await starting).toEqual({ prompt: "do über it", bindings: {}, frame: { prompt: "do über it" } });
  const grading = client.grade("done");
  expect(await peer.nextLine()).toBe(GOLDEN_REQUESTS.grade);
  peer.write(GOLDEN_REPLIES.grade);
  expect(await grading).toMatchObject({ reward: 0.75, content: "nice", subscores: [{ name: "judge" }] });
});

test.each([
  { method: "tasks.start", reply: "unknownTask", code: "UNKNOWN_TEMPLATE", message: "unknown task: 'count'" },
  { method: "tasks.grade", reply: "noTask", code: "GRADE_FAILED", message: "no task in progress" },
] as const)("$method: an error frame is a ProtocolError with its words ($reply)", async (expected) => {
  const { method, reply, code, message } = expected;
  await using fixture = await session();
  const { client, peer } = fixture;
  const listing = client.listTasks();
  await peer.next();
  peer.write(GOLDEN_REPLIES.list);
  await listing;
  if (method === "tasks.grade") {
    const starting = client.start("count", {});
    await peer.next();
    peer.write(GOLDEN_REPLIES.start);
    await starting;
  }
  const call = method === "tasks.start" ? client.start("count", {}) : client.grade("x");
  await peer.next(method);
  peer.write(GOLDEN_REPLIES[reply]);
  const error = await call.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ProtocolError);
  expect(error).toMatchObject({ code, wireMessage: message, message });
});

test("a grade without a finite score is refused, and bindings that are none", async () => {
  await using fixture = await session();
  const { client, peer } = fixture;
  const grading = client.grade("x");
  const request = await peer.next();
  peer.write(`{"jsonrpc":"2.0","id":${JSON.stringify(request["id"])},"result":{"score":NaN}}`);
  await expect(grading).rejects.toMatchObject({
    code: "GRADE_INVALID",
    message: "tasks.grade: result must include a finite numeric 'score', got nan",
  });
  const starting = client.start("x", {});
  peer.reply(await peer.next(), { prompt: "p", bindings: { robot: "slot" } });
  await expect(starting).rejects.toThrow("tasks.start: 'bindings' must be an object of objects");
});

test("closing says bye once, hangs up and never throws; afterwards calls are refused", async () => {
  await using fixture = await session();
  const { client, peer } = fixture;
  const closing = Promise.all([client.close(), client.close()]);
  peer.reply(await peer.next("bye"), { goodbye: true });
  expect(await peer.nextLine()).toBeUndefined();
  await closing;
  await expect(client.listTasks()).rejects.toMatchObject({ code: "CLOSED" });
  await expect(client.open({ protocol: "ssh", connect: () => Promise.reject() })).rejects.toMatchObject({
    code: "CLOSED",
  });
});

test("closing with park only hangs up, and resuming names the session", async () => {
  const { client, peer, server } = await session({ park: true });
  await client.close();
  expect(await peer.nextLine()).toBeUndefined();
  await server[Symbol.asyncDispose]();
  await using resumed = await session({ sessionId: "sess-9" });
  expect(resumed.hello["params"]).toMatchObject({ session_id: "sess-9" });
});
