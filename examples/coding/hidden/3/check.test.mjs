import assert from "node:assert/strict";
import test from "node:test";

async function ledger() {
  const { Ledger } = await import("/workspace/src/ledger.js");
  const it = new Ledger();
  it.open("cash", 1000);
  it.open("food");
  return it;
}

test("a transaction with an unknown account changes nothing", async () => {
  const it = await ledger();
  assert.throws(
    () =>
      it.post(new Date(0), [
        ["cash", -100],
        ["nowhere", 100],
      ]),
    /no such account/,
  );
  assert.equal(it.balance("cash"), 1000);
  assert.equal(it.transactions.length, 0);
});

test("what was posted stays as it was posted", async () => {
  const it = await ledger();
  const entries = [
    ["cash", -100],
    ["food", 60],
    ["food", 40],
  ];
  it.post(new Date(0), entries);
  entries[0][1] = -5000;
  entries.push(["cash", 1]);
  assert.deepEqual(it.transactions[0].entries, [
    ["cash", -100],
    ["food", 60],
    ["food", 40],
  ]);
  assert.equal(it.balance("food"), 100);
});
