import assert from "node:assert/strict";
import test from "node:test";

test("concurrent calls for a key share one load", async () => {
  const { memo } = await import("/workspace/src/memo.js");
  let loads = 0;
  const get = memo(async (key) => {
    loads++;
    await new Promise((resolve) => setTimeout(resolve, 5));
    return key.toUpperCase();
  }, 4);
  assert.deepEqual(await Promise.all(["a", "a", "b", "a"].map((key) => get(key))), ["A", "A", "B", "A"]);
  assert.equal(loads, 2);
});

test("a failure reaches every waiter and is forgotten", async () => {
  const { memo } = await import("/workspace/src/memo.js");
  let loads = 0;
  const get = memo(async () => {
    loads++;
    if (loads === 1) throw new Error("first time");
    return "second time";
  }, 4);
  const results = await Promise.allSettled([get("k"), get("k")]);
  assert.deepEqual(
    results.map((it) => it.status),
    ["rejected", "rejected"],
  );
  assert.equal(await get("k"), "second time");
});

test("the key unused for longest goes first", async () => {
  const { memo } = await import("/workspace/src/memo.js");
  const loaded = [];
  const get = memo(async (key) => {
    loaded.push(key);
    return key;
  }, 2);
  await get("a");
  await get("b");
  await get("a");
  await get("c");
  await get("a");
  assert.deepEqual(loaded, ["a", "b", "c"]);
});
