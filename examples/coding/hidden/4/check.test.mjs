import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "America/Los_Angeles";

async function report(...dates) {
  const { Ledger } = await import("/workspace/src/ledger.js");
  const { monthly, withGaps } = await import("/workspace/src/report.js");
  const ledger = new Ledger();
  ledger.open("cash");
  ledger.open("food");
  for (const date of dates)
    ledger.post(new Date(date), [
      ["cash", -1],
      ["food", 1],
    ]);
  return { totals: monthly(ledger, "food"), withGaps };
}

test("months are UTC's, wherever the machine stands", async () => {
  const { totals } = await report("2026-01-01T00:00:00Z", "2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z");
  assert.deepEqual(
    [...totals],
    [
      ["2026-01", 2],
      ["2026-02", 1],
    ],
  );
});

test("months come in order of time, however they were posted", async () => {
  const { totals } = await report("2026-05-02T00:00:00Z", "2025-12-02T00:00:00Z");
  assert.deepEqual([...totals.keys()], ["2025-12", "2026-05"]);
});

test("gaps are filled across the turn of a year", async () => {
  const { totals, withGaps } = await report("2025-11-02T12:00:00Z", "2026-02-02T12:00:00Z");
  assert.deepEqual(
    [...withGaps(totals)],
    [
      ["2025-11", 1],
      ["2025-12", 0],
      ["2026-01", 0],
      ["2026-02", 1],
    ],
  );
});
