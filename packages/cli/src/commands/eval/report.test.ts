import { PassThrough } from "node:stream";
import type { RunResult } from "@hud-ts/core/spec";
import { expect, test } from "vitest";
import type { CliContext } from "../../context.ts";
import { Output } from "../../output/output.ts";
import { taskTable } from "./report.ts";

function contextOf(columns: number | undefined): CliContext {
  const stderr = Object.assign(new PassThrough(), columns === undefined ? {} : { isTTY: true, columns });
  const output = new Output({ stdout: new PassThrough(), stderr, json: false, quiet: false, colors: false });
  return { output } as CliContext;
}

const graded = (slug: string, repeat: number) =>
  ({ slug, repeat, outcome: "graded", reward: 1, task: { slug } }) as unknown as RunResult;
const runs = ["a-very-long-slug-that-goes-on-and-on-and-on-0a1b2c3d", "short"].flatMap((slug) =>
  Array.from({ length: 8 }, (_, repeat) => graded(slug, repeat)),
);

test.each([80, 100, 200, 60])("the table of long slugs and many runs fits into %i columns", async (columns) => {
  const lines = (await taskTable(contextOf(columns), runs)).split("\n");
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  expect(lines[1]).toMatch(/^a-very-lon.*0a1b2c3d +8 +1\.000 1\.000/);
});

test("off a terminal there is room", async () => {
  expect(await taskTable(contextOf(undefined), runs)).toContain("1.000 ".repeat(8));
});
