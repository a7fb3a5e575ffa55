import assert from "node:assert/strict";
import test from "node:test";
import { parseCsv } from "../src/csv.js";
import { Ledger } from "../src/ledger.js";
import { memo } from "../src/memo.js";
import { format, parse } from "../src/money.js";
import { monthly } from "../src/report.js";

test("money goes to text and back", () => {
  assert.equal(format(1234), "12.34");
  assert.equal(parse("12.34"), 1234);
});

test("csv has rows and fields", () => {
  assert.deepEqual(parseCsv("a,b\n1,2\n"), [
    ["a", "b"],
    ["1", "2"],
  ]);
});

test("a balanced transaction moves money", () => {
  const ledger = new Ledger();
  ledger.open("cash", 1000);
  ledger.open("food");
  ledger.post(new Date("2026-03-10T12:00:00Z"), [
    ["cash", -250],
    ["food", 250],
  ]);
  assert.equal(ledger.balance("food"), 250);
  assert.deepEqual([...monthly(ledger, "food")], [["2026-03", 250]]);
});

test("memo remembers", async () => {
  let calls = 0;
  const twice = memo(async (n) => {
    calls++;
    return n * 2;
  }, 10);
  assert.equal(await twice(2), 4);
  assert.equal(await twice(2), 4);
  assert.equal(calls, 1);
});
