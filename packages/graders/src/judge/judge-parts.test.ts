import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { score } from "../scores/score.ts";
import { resolveCriteria } from "./criteria.ts";
import { defaultJudgeModel } from "./default-model.ts";
import { judgeValue } from "./judge-value.ts";
import { mapLimited } from "./map-limited.ts";
import { shortened } from "./shortened.ts";

describe("judgeValue", () => {
  test.each([
    [
      [
        [1, 1],
        [0, 1],
      ],
      0.5,
    ],
    [
      [
        [1, 3],
        [0, 1],
      ],
      0.75,
    ],
    [
      [
        [1, 1],
        [1, -0.25],
      ],
      0.75,
    ],
    [
      [
        [0, 1],
        [1, -5],
      ],
      0,
    ],
    [
      [
        [1, -1],
        [0, -3],
      ],
      0.75,
    ],
    [[[0, -1]], 1],
    [[[1, -1]], 0],
    [[[1, 0]], 0],
  ])("of %j is %d", (verdicts, value) => {
    expect(judgeValue(verdicts.map(([met = 0, weight = 0]) => score("c", met, { weight })))).toBe(value);
  });
});

describe("resolveCriteria", () => {
  test("fills in the weight", () => {
    expect(resolveCriteria(["a", { requirement: "b" }, { requirement: "c", weight: -2 }])).toEqual([
      { requirement: "a", weight: 1 },
      { requirement: "b", weight: 1 },
      { requirement: "c", weight: -2 },
    ]);
  });

  test.each([
    [[], "llmJudge: criteria must not be empty"],
    [["a", " "], 'llmJudge: criterion 2 must have a text, got " "'],
    [[{ requirement: "a", weight: Number.NaN }], "llmJudge: weight of criterion 1 must be finite, got NaN"],
  ])("refuses %j", (criteria, message) => {
    expect(() => resolveCriteria(criteria)).toThrow(message);
  });
});

describe("defaultJudgeModel", () => {
  test.each([
    [{}, "llmJudge has no model: HUD_JUDGE_MODEL is not set"],
    [{ HUD_JUDGE_MODEL: "m" }, "llmJudge has no model: neither OPENAI_API_KEY nor OPENAI_BASE_URL is set"],
    [{ HUD_JUDGE_MODEL: "", OPENAI_API_KEY: "k" }, "llmJudge has no model: HUD_JUDGE_MODEL is not set"],
  ])("of %j is an error that says what is missing", (env, message) => {
    expect(() => defaultJudgeModel(env)).toThrow(
      expect.objectContaining({ code: "CREDENTIAL_MISSING", message: expect.stringContaining(`${message}; set HUD_`) }),
    );
  });

  test("is the model that is named", () => {
    expect(defaultJudgeModel({ HUD_JUDGE_MODEL: "m", OPENAI_API_KEY: "k" }).id).toBe("m");
    expect(defaultJudgeModel({ HUD_JUDGE_MODEL: "m", OPENAI_BASE_URL: "http://127.0.0.1:1/v1" }).id).toBe("m");
  });
});

describe("shortened", () => {
  test("keeps both ends and says what is missing", () => {
    expect(shortened("abcdefghij", 10)).toBe("abcdefghij");
    expect(shortened("abcdefghij", 5)).toBe("abc\n[5 characters left out]\nij");
    expect(shortened("abc", 1)).toBe("a\n[2 characters left out]\n");
  });

  test("leaves no half of a surrogate pair", () => {
    expect(shortened("a\ud83d", 10)).toBe("a\ufffd");
    expect(shortened("😀😀😀", 3)).toBe("😀\n[3 characters left out]\n\ufffd");
  });
});

describe("mapLimited", () => {
  const { signal } = new AbortController();

  test("keeps the order and the bound", async () => {
    let running = 0;
    let most = 0;
    const results = await mapLimited([1, 2, 3, 4, 5], { maxConcurrent: 2, signal }, async (item) => {
      most = Math.max(most, ++running);
      await setImmediate();
      running--;
      return item * 10;
    });
    expect(results).toEqual([10, 20, 30, 40, 50]);
    expect(most).toBe(2);
  });

  test("ends the rest after a failure, waits for them, and throws it", async () => {
    const events: string[] = [];
    const mapped = mapLimited(["fails", "waits", "never begins"], { maxConcurrent: 2, signal }, async (item, inner) => {
      events.push(item);
      if (item === "fails") throw new Error("first cause");
      await setImmediate();
      expect(inner.aborted).toBe(true);
      events.push("ended");
      throw new Error("later");
    });
    await expect(mapped).rejects.toThrow("first cause");
    expect(events).toEqual(["fails", "waits", "ended"]);
  });

  test("does nothing under a signal that has fired", async () => {
    const reason = new Error("given up");
    const limits = { maxConcurrent: 2, signal: AbortSignal.abort(reason) };
    await expect(mapLimited([1], limits, () => expect.unreachable())).rejects.toBe(reason);
  });
});
