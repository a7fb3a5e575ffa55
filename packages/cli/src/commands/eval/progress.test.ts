import { PassThrough } from "node:stream";
import type { JobEvent } from "@hud-ts/core";
import { expect, test } from "vitest";
import { Output } from "../../output/output.ts";
import { showProgress } from "./progress.ts";

const attempt = { jobId: "j", slug: "s", repeat: 0, attempt: 1 } as const;
const ended = (run: object) => ({ type: "ended", ...attempt, run }) as unknown as JobEvent;

function progressOn(terminal: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY: terminal, columns: 200 });
  const output = new Output({ stdout: new PassThrough(), stderr, json: false, quiet: false, colors: false });
  return { progress: showProgress({ output }, 4), text: () => String(stderr.read() ?? "") };
}

test("the line counts what is done, running and failed, and goes away", async () => {
  const { progress, text } = progressOn(true);
  expect(text()).toContain("0/4 · mean - · 0 running");
  progress.onEvent({ type: "job", jobId: "j", name: "n", dir: null, total: 5, kept: 1 });
  for (let n = 0; n < 3; n++) progress.onEvent({ type: "started", ...attempt, traceId: "t" });
  progress.onEvent(ended({ outcome: "graded", reward: 0.5 }));
  progress.onEvent(ended({ outcome: "infra-failed" }));
  await expect.poll(text).toMatch(/3\/5 · mean 0\.500 · 1 running · 1 failed · .*s · .*s left/);
  progress[Symbol.dispose]();
  expect(text().endsWith("\r\u001b[2K")).toBe(true);
});

test("off a terminal nothing is written", () => {
  const { progress, text } = progressOn(false);
  progress.onEvent(ended({ outcome: "graded", reward: 1 }));
  progress[Symbol.dispose]();
  expect(text()).toBe("");
});
