import assert from "node:assert/strict";
import test from "node:test";

test("every amount from -2.00 to 2.00 survives the way to text and back", async () => {
  const { format, parse } = await import("/workspace/src/money.js");
  for (let cents = -200; cents <= 200; cents++) assert.equal(parse(format(cents)), cents);
});

test("the sign stands in front, also below one", async () => {
  const { format } = await import("/workspace/src/money.js");
  assert.deepEqual([-5, -50, -150, 0, 7].map(format), ["-0.05", "-0.50", "-1.50", "0.00", "0.07"]);
});
