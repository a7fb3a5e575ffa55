import { PassThrough } from "node:stream";
import type { JobEvent } from "@hud-ts/core";
import { expect, test } from "vitest";
import { Output } from "../../output/output.ts";
import { showProgress } from "./progress.ts";

const attempt = { jobId: "j", slug: "s", repeat: 0, attempt: 1 } as const;
const ended = (run: object) => ({ type: "ended", ...attempt, run }) as unknown as JobEvent;

function progressOn(terminal: boolean, columns = 200) {
  const stderr = Object.assign(new PassThrough(), { isTTY: terminal, columns });
  const output = new Output({ stdout: new PassThrough(), stderr, json: false, quiet: false, colors: false });
  return { progress: showProgress({ output }, 4), text: () => String(stderr.read() ?? "") };
}

test("the line counts what is done, running and failed, and goes away", async () => {
  const { progress, text } = progressOn(true);
  expect(text()).toContain(`${"░".repeat(20)}  0/4  0 running  0s`);
  progress.onEvent({ type: "job", jobId: "j", name: "n", dir: null, total: 5, kept: 1 });
  for (let n = 0; n < 3; n++) progress.onEvent({ type: "started", ...attempt, traceId: "t" });
  progress.onEvent({ type: "retry", ...attempt } as unknown as JobEvent);
  progress.onEvent({ type: "started", ...attempt, attempt: 2, traceId: "t" });
  progress.onEvent(ended({ outcome: "graded", reward: 0.5 }));
  progress.onEvent(ended({ outcome: "infra-failed" }));
  await expect
    .poll(text)
    .toMatch(/█{12}░{8} {2}3\/5 {2}mean 0\.500 {2}1 failed {2}1 retried {2}1 running {2}\d+s {2}about \d+s left/);
  progress[Symbol.dispose]();
  expect(text().endsWith("\r\u001b[2K")).toBe(true);
});

test("a narrow terminal gets whole parts, and never a second line", () => {
  const { progress, text } = progressOn(true, 32);
  expect(text()).toBe(`\r\u001b[2K${"░".repeat(20)}  0/4`);
  progress[Symbol.dispose]();
});

test("off a terminal nothing is written", () => {
  const { progress, text } = progressOn(false);
  progress.onEvent(ended({ outcome: "graded", reward: 1 }));
  progress[Symbol.dispose]();
  expect(text()).toBe("");
});
