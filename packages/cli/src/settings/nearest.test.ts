import { expect, test } from "vitest";
import { nameHint, nearest } from "./nearest.ts";

test("finds what a mistyped word meant, and nothing for a word that is far from all", () => {
  expect(nearest("max_step", ["max_steps", "model"])).toBe("max_steps");
  expect(nearest("orcale", ["oracle", "nop"])).toBe("oracle");
  expect(nearest("quicksort", ["oracle", "nop"])).toBeUndefined();
  expect(nearest("x", [])).toBeUndefined();
});

test("hints at the nearest name, else at all of them", () => {
  expect(nameHint("modle", ["model", "seed"])).toBe("Did you mean 'model'?");
  expect(nameHint("quicksort", ["model", "seed"])).toBe("Known: model, seed.");
});
