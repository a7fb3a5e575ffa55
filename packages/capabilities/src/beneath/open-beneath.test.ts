import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openBeneath } from "./open-beneath.ts";
import { readBeneath } from "./read-beneath.ts";
import { writeBeneath } from "./write-beneath.ts";

let base: string;
let root: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "beneath-"));
  root = join(base, "root");
  mkdirSync(join(root, "a/b"), { recursive: true });
  writeFileSync(join(root, "a/b/file"), "content");
  writeFileSync(join(base, "outside"), "outside");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const refused = (reason: string) => ({ code: "TOOL_INPUT_INVALID", details: { reason } });

describe("opening", () => {
  test("reads, and writes what is there", async () => {
    expect(String(await readBeneath(root, "a/./b//file"))).toBe("content");
    await using handle = await openBeneath(root, "a/b/file", { write: true });
    await handle.write("CON", 0);
    expect(readFileSync(join(root, "a/b/file"), "utf8")).toBe("CONtent");
    await expect(openBeneath(root, "a/missing", { write: true })).rejects.toMatchObject({ code: "ENOENT" });
  });

  test.each(["../outside", "a/../../outside", "/etc/passwd", "", ".", "a/..", "a\0b"])(
    "%j is outside",
    async (path) => {
      await expect(openBeneath(root, path)).rejects.toMatchObject(refused("outside"));
      await expect(writeBeneath(root, path, { data: "x" })).rejects.toMatchObject(refused("outside"));
    },
  );

  test("follows no link, at the end or on the way, inside or out", async () => {
    symlinkSync(join(base, "outside"), join(root, "link"));
    symlinkSync("a/b/file", join(root, "inner"));
    symlinkSync("a", join(root, "way"));
    for (const path of ["link", "inner", "way/b/file"]) {
      await expect(readBeneath(root, path)).rejects.toMatchObject(refused("symlink"));
    }
    await expect(writeBeneath(root, "way/new", { data: "x" })).rejects.toMatchObject(refused("symlink"));
  });

  test("waits for no pipe and opens neither socket, device nor directory", async () => {
    execFileSync("mkfifo", [join(root, "pipe")]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
    for (const path of ["pipe", "socket", "a"]) {
      await expect(readBeneath(root, path)).rejects.toMatchObject(refused("not-regular"));
    }
    await expect(openBeneath("/dev", "null")).rejects.toMatchObject(refused("not-regular"));
    await new Promise((resolve) => server.close(resolve));
  });

  test("reads no more than allowed, however large the file says it is", async () => {
    expect(await readBeneath(root, "a/b/file", { maxBytes: 7 })).toHaveLength(7);
    await expect(readBeneath(root, "a/b/file", { maxBytes: 6 })).rejects.toMatchObject(refused("too-large"));
    truncateSync(join(root, "a/b/file"), 1e12);
    await expect(readBeneath(root, "a/b/file")).rejects.toMatchObject(refused("too-large"));
  });
});

describe("writing", () => {
  test("makes directories, replaces files and links, and leaves nothing else", async () => {
    symlinkSync(join(base, "outside"), join(root, "link"));
    await writeBeneath(root, "new/deep/file", { data: Buffer.from([0, 255]), mode: 0o4750 });
    await writeBeneath(root, "link", { data: "replaced" });
    await writeBeneath(root, "a/b/file", { data: "" });
    expect(readFileSync(join(root, "new/deep/file"))).toEqual(Buffer.from([0, 255]));
    expect(statSync(join(root, "new/deep/file")).mode & 0o7777).toBe(0o750);
    expect(lstatSync(join(root, "link")).isFile()).toBe(true);
    expect(readFileSync(join(base, "outside"), "utf8")).toBe("outside");
    expect(readFileSync(join(root, "a/b/file"), "utf8")).toBe("");
    expect(execFileSync("find", [root, "-name", "*.part"], { encoding: "utf8" })).toBe("");
  });

  test("gives what it makes to its owner, and leaves what was there to whom it belongs", async () => {
    const uid = process.geteuid?.() === 0 ? 4711 : (process.geteuid?.() ?? 0);
    await writeBeneath(root, "a/new/file", { data: "x", uid });
    expect(statSync(join(root, "a/new/file")).uid).toBe(uid);
    expect(statSync(join(root, "a/new")).uid).toBe(uid);
    expect(statSync(join(root, "a")).uid).toBe(process.geteuid?.());
  });

  test("where a directory stands is refused, and leaves it", async () => {
    await expect(writeBeneath(root, "a/b", { data: "x" })).rejects.toMatchObject({ code: "EISDIR" });
    expect(existsSync(join(root, "a/b/file"))).toBe(true);
    expect(execFileSync("find", [root, "-name", "*.part"], { encoding: "utf8" })).toBe("");
  });

  test("that is given up leaves what was there", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(writeBeneath(root, "a/b/file", { data: Buffer.alloc(1e6), signal })).rejects.toThrow();
    expect(readFileSync(join(root, "a/b/file"), "utf8")).toBe("content");
  });
});
