import { once } from "node:events";
import { expect, test } from "vitest";
import { HELLO, session } from "./__fixtures__/session.ts";

test("the heartbeat says hello while idle, never while a call runs", async () => {
  await using fixture = await session({ heartbeatMs: 30, token: "t" });
  const { client, peer } = fixture;
  const beat = await peer.next("hello");
  expect(beat["params"]).toMatchObject({ session_id: "sess-1", token: "t" });
  peer.reply(beat, HELLO);
  const grading = client.grade("x");
  let request = await peer.next();
  for (; request["method"] === "hello"; request = await peer.next()) peer.reply(request, HELLO);
  const between = await Promise.race([
    peer.nextLine().then(() => "a frame"),
    new Promise((resolve) => setTimeout(() => resolve("silence"), 150)),
  ]);
  expect(between).toBe("silence");
  peer.reply(request, { score: 1 });
  expect((await grading).reward).toBe(1);
});

test("a heartbeat that is answered late costs nothing; one refused ends the beats, not the session", async () => {
  await using fixture = await session({ heartbeatMs: 50 });
  const { client, peer } = fixture;
  const beat = await peer.next("hello");
  const listing = client.listTasks();
  const list = await peer.next("tasks.list");
  peer.fail(beat, -32000, "busy");
  peer.reply(list, { tasks: [] });
  expect(await listing).toEqual([]);
  expect(client.lost.aborted).toBe(false);
});

test("an environment silent for three beats is lost", async () => {
  await using fixture = await session({ heartbeatMs: 20 });
  await once(fixture.client.lost, "abort");
  expect(fixture.client.lost.reason).toMatchObject({ code: "REQUEST_TIMEOUT" });
});
