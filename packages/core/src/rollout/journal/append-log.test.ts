import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppendLog } from "./append-log.ts";

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "hud-log-"));
  file = path.join(dir, "journal.jsonl");
});

afterEach(() => rm(dir, { recursive: true, force: true }));

describe("AppendLog", () => {
  it.each([false, true])(
    "keeps order, and a line is in the file when its append resolved (durable: %s)",
    async (durable) => {
      await using log = await AppendLog.open(file, { keepBytes: 0, durable });
      const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
      await Promise.all(
        lines.map(async (line) => {
          await log.append(line);
          expect(await readFile(file, "utf8")).toContain(`${line}\n`);
        }),
      );
      expect(await readFile(file, "utf8")).toBe(`${lines.join("\n")}\n`);
    },
  );

  it("cuts off what stands beyond the bytes to keep", async () => {
    await writeFile(file, "whole\nhal");
    await using log = await AppendLog.open(file, { keepBytes: 6, durable: false });
    await log.append("next");
    expect(await readFile(file, "utf8")).toBe("whole\nnext\n");
  });

  it.each([false, true])(
    "takes no line once it is closed, when its file's number may be another's (durable: %s)",
    async (durable) => {
      const log = await AppendLog.open(file, { keepBytes: 0, durable });
      const [first] = [log.append("first"), log.close()];
      await expect(log.append("late")).rejects.toMatchObject({ code: "CLOSED" });
      await first;
      await log.close();
      expect(await readFile(file, "utf8")).toBe("first\n");
    },
  );

  it("writes nothing any more after a failed write", async () => {
    await using log = await AppendLog.open("/dev/full", { keepBytes: 0, durable: false });
    await expect(log.append("a")).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: expect.stringContaining("the disk is full"),
    });
    await expect(log.append("b")).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  });
});
