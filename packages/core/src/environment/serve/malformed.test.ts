import fc from "fast-check";
import { expect, test } from "vitest";
import { RawPeer } from "./__fixtures__/raw-peer.ts";
import { servedFixture } from "./__fixtures__/served-fixture.ts";
import { openDoor, TRANSPORTS } from "./__fixtures__/transports.ts";
import { ControlServer } from "./control-server.ts";

const NO_FRAMES = [
  "",
  "   ",
  "{",
  "nope",
  "[]",
  '[{"id":1,"method":"hello"}]',
  "null",
  "1",
  '"hello"',
  '{"a":1}x',
  "\u0000",
];

test.each(TRANSPORTS.flatMap((transport) => NO_FRAMES.map((line) => [transport, line] as const)))(
  "over %s, %j closes the connection without a word, first or later, and parks what was suspended",
  async (transport, line) => {
    await using server = new ControlServer(servedFixture());
    await using door = await openDoor(server, transport);
    using first = await door.connect();
    first.send(line);
    expect(await first.line()).toBeUndefined();

    using later = await door.connect();
    await later.call("tasks.start", { id: "count", args: {} });
    later.send(line);
    expect(await later.line()).toBeUndefined();
    using other = await door.connect();
    expect(await other.call("tasks.grade", { answer: 1 })).toEqual({ score: 1 });
  },
);

test("what Python writes is read: blanks around, a carriage return, NaN and lone surrogates", async () => {
  await using server = new ControlServer(servedFixture());
  using peer = RawPeer.onMemory(server);
  peer.send(' {"id": 1, "method": "tasks.cancel", "params": {"x": NaN, "y": [-Infinity], "z": "\\ud800"}} \r');
  expect((await peer.frame()).result).toEqual({ cancelled: true });
});

test("no frame, however odd, hurts the server or its other peers", async () => {
  await using server = new ControlServer(servedFixture());
  using witness = RawPeer.onMemory(server);
  await witness.call("tasks.start", { id: "count", args: {} });
  const method = fc.oneof(
    fc.constantFrom("hello", "tasks.list", "tasks.start", "tasks.grade", "tasks.cancel", "bye", "tunnel.open"),
    fc.jsonValue(),
  );
  const params = fc.oneof(
    fc.record({ id: fc.constantFrom("count", "x", 1, null), args: fc.jsonValue() }, { requiredKeys: [] }),
    fc.record({ session_id: fc.jsonValue(), connections: fc.jsonValue() }, { requiredKeys: [] }),
    fc.jsonValue(),
  );
  const frame = fc.record({ id: fc.jsonValue(), method, params }, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(frame, fc.string()), { maxLength: 6 }), async (lines) => {
      using peer = RawPeer.onMemory(server);
      peer.send(...lines);
      peer.end();
      for (let answer = await peer.frame(); answer !== undefined; answer = await peer.frame()) {
        expect(answer.jsonrpc).toBe("2.0");
        expect("result" in answer !== "error" in answer).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
  expect(await witness.call("tasks.grade", { answer: 1 })).toEqual({ score: 1 });
});
