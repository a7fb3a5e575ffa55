import { delay } from "@hud-ts/core/adapter";
import { describe, expect, test } from "vitest";
import { command, FakeSandbox } from "./__fixtures__/fake-sandbox.ts";
import { combine } from "./combine.ts";
import { combineAny } from "./combine-one.ts";
import { defineGrader } from "./define-grader.ts";
import { score } from "./score.ts";

describe("combine orders lazy work", () => {
  test("live first, one freeze, then the snapshot's in parallel; results keep their places", async () => {
    const box = new FakeSandbox();
    const grade = await combine(
      command({ command: "one", in: box.snapshot }, { name: "s1", weight: 2 }),
      command({ command: "exit 1", in: box.live }, { name: "l1" }),
      score("said", 1),
      command({ command: "two", in: box.snapshot }, { name: "s2" }),
      command({ command: "up", in: box.live }, { name: "l2" }),
    );
    expect(grade.subscores?.map(({ name, value }) => [name, value])).toEqual([
      ["s1", 1],
      ["l1", 0],
      ["said", 1],
      ["s2", 1],
      ["l2", 1],
    ]);
    expect(box.events.slice(0, 2)).toEqual(["live exit 1 begins", "live up begins"]);
    expect(box.events.slice(4)).toEqual([
      "freeze",
      "snapshot one begins",
      "snapshot two begins",
      "snapshot one ends",
      "snapshot two ends",
    ]);
  });

  test("across groups, however deep", async () => {
    const box = new FakeSandbox();
    const inner = combineAny("either", [
      command({ command: "frozen", in: box.snapshot }),
      combineAny("deeper", [command({ command: "running", in: box.live })]),
    ]);
    await combine(command({ command: "other", in: box.snapshot }), inner);
    expect(box.events.filter((event) => !event.endsWith("ends"))).toEqual([
      "live running begins",
      "freeze",
      "snapshot other begins",
      "snapshot frozen begins",
    ]);
  });

  test("each sandbox is frozen once", async () => {
    const boxes = [new FakeSandbox(), new FakeSandbox()];
    await combine(...boxes.flatMap((box) => [1, 2].map(() => command({ command: "x", in: box.snapshot }))));
    for (const box of boxes) expect(box.events.filter((event) => event === "freeze")).toHaveLength(1);
  });

  test("nothing is frozen for live work alone", async () => {
    const box = new FakeSandbox();
    await combine(command({ command: "x", in: box.live }));
    expect(box.events).not.toContain("freeze");
  });

  test("work that needs no sandbox does not wait for it", async () => {
    const box = new FakeSandbox();
    const judge = defineGrader({
      name: "judge",
      version: "1",
      grade: () => box.events.push("judge") > 0,
    });
    await combine(command({ command: "x", in: box.live }), judge(null));
    expect(box.events[0]).toBe("judge");
  });
});

describe("a lazy subscore on its own", () => {
  test("freezes when it is awaited, and works once", async () => {
    const box = new FakeSandbox();
    const lazy = command({ command: "x", in: box.snapshot });
    expect(box.events).toEqual([]);
    const [first, second] = [await lazy, await lazy];
    expect(second).toBe(first);
    await combine(lazy, score("a", 1));
    expect(box.events.filter((event) => event.endsWith("begins"))).toHaveLength(1);
  });

  test("a live grade after the snapshot is an error", async () => {
    const box = new FakeSandbox();
    await command({ command: "x", in: box.snapshot });
    await expect(combine(command({ command: "y", in: box.live }))).rejects.toMatchObject({ code: "GRADE_INVALID" });
  });
});

describe("a failure among lazy work", () => {
  const failing = (after: () => Promise<unknown>) =>
    defineGrader({
      name: "failing",
      version: "1",
      async grade() {
        await after();
        throw new Error("first cause");
      },
    });

  test("ends the rest, waits for its end, and is what is thrown", async () => {
    const box = new FakeSandbox();
    const hanging = command({ command: "hang", in: box.live });
    await expect(combine(hanging, failing(() => delay(5))(null))).rejects.toThrow("first cause");
    expect(box.events).toEqual(["live hang begins", "live hang ends"]);
  });

  test("keeps what comes later from starting", async () => {
    const box = new FakeSandbox();
    const grade = combine(failing(async () => {})(null), command({ command: "x", in: box.snapshot }));
    await expect(grade).rejects.toThrow("first cause");
    expect(box.events.filter((event) => event.startsWith("snapshot"))).toEqual([]);
  });

  test("a promise that was handed in fails the grade at once, too", async () => {
    const box = new FakeSandbox();
    const handed = delay(5).then(() => Promise.reject(new Error("handed in")));
    await expect(combine(command({ command: "hang", in: box.live }), handed)).rejects.toThrow("handed in");
    expect(box.events.at(-1)).toBe("live hang ends");
  });
});
