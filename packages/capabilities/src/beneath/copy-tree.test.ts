import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { copyTree } from "./copy-tree.ts";
import { removeTree } from "./remove-tree.ts";

const DEEP_TREE =
  'for (let i = 0; i < 300; i++) { fs.mkdirSync("nested-".repeat(3)); process.chdir("nested-".repeat(3)); }';

const asRoot = process.geteuid?.() === 0;
let base: string;
let from: string;
let to: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "copy-tree-"));
  from = join(base, "from");
  to = join(base, "to");
  mkdirSync(from);
});
afterEach(() => removeTree(base)); // copies are nested too deep for rm by path

describe("what is copied", () => {
  test("files, directories, links as links, modes without setuid, and times", async () => {
    mkdirSync(join(from, "a/b"), { recursive: true });
    writeFileSync(join(from, "a/b/tool"), "#!/bin/sh\n");
    chmodSync(join(from, "a/b/tool"), 0o4755);
    utimesSync(join(from, "a/b/tool"), 1_000_000, 1_000_000);
    chmodSync(join(from, "a/b"), 0o2750);
    symlinkSync("/etc/passwd", join(from, "a/out"));
    symlinkSync("nowhere", join(from, "dangling"));

    const copied = await copyTree(from, to);

    expect(copied).toEqual({ files: 1, directories: 2, links: 2, bytes: 10, skipped: [], skippedCount: 0 });
    expect(readFileSync(join(to, "a/b/tool"), "utf8")).toBe("#!/bin/sh\n");
    expect(statSync(join(to, "a/b/tool")).mode & 0o7777).toBe(0o755);
    expect(statSync(join(to, "a/b/tool")).mtimeMs).toBe(1_000_000_000);
    expect(statSync(join(to, "a/b")).mode & 0o7777).toBe(0o750);
    expect(readlinkSync(join(to, "a/out"))).toBe("/etc/passwd");
    expect(readlinkSync(join(to, "dangling"))).toBe("nowhere");
  });

  test("files larger than one chunk, and names that are no text", async () => {
    const large = Buffer.alloc(1_000_003, "large");
    writeFileSync(join(from, "large"), large);
    writeFileSync(Buffer.from(`${from}/\xff\xfe`, "latin1"), "odd");
    expect(await copyTree(from, to)).toMatchObject({ files: 2, bytes: 1_000_006 });
    expect(readFileSync(join(to, "large")).equals(large)).toBe(true);
    expect(readFileSync(Buffer.from(`${to}/\xff\xfe`, "latin1"), "utf8")).toBe("odd");
  });

  test("pipes and sockets are left out and said to be", async () => {
    execFileSync("mkfifo", [join(from, "pipe")]);
    writeFileSync(join(from, "file"), "x");
    const copied = await copyTree(from, to);
    expect(copied.skipped).toEqual([{ path: "pipe", reason: "special" }]);
    expect(readdirSync(to)).toEqual(["file"]);
  });

  test("what the caller excludes", async () => {
    mkdirSync(join(from, "a/node_modules"), { recursive: true });
    writeFileSync(join(from, "a/node_modules/x"), "x");
    writeFileSync(join(from, "a/kept"), "x");
    await copyTree(from, to, { exclude: (path) => path.endsWith("node_modules") });
    expect(readdirSync(join(to, "a"))).toEqual(["kept"]);
  });

  test.runIf(asRoot)("every copy belongs to the owner asked for", async () => {
    mkdirSync(join(from, "a"));
    writeFileSync(join(from, "a/file"), "x");
    symlinkSync("file", join(from, "a/link"));
    await copyTree(from, to, { uid: 4711, gid: 4712 });
    for (const path of [to, join(to, "a"), join(to, "a/file"), join(to, "a/link")]) {
      expect(lstatSync(path)).toMatchObject({ uid: 4711, gid: 4712 });
    }
  });
});

describe("limits", () => {
  test("bytes: what does not fit is left out, what fits later is not", async () => {
    writeFileSync(join(from, "large"), Buffer.alloc(5000));
    writeFileSync(join(from, "small"), "x");
    const copied = await copyTree(from, to, { maxBytes: 1000 });
    expect(copied).toMatchObject({ files: 1, bytes: 1, skipped: [{ path: "large", reason: "over-limit" }] });
    expect(existsSync(join(to, "large"))).toBe(false);
  });

  test("entries", async () => {
    for (let index = 0; index < 20; index++) writeFileSync(join(from, `file-${index}`), "x");
    const copied = await copyTree(from, to, { maxFiles: 7 });
    expect(copied.files).toBe(7);
    expect(copied.skippedCount).toBe(1);
    expect(copied.skipped[0]?.reason).toBe("over-limit");
  });

  test("a tree nested deeper than any path may be long", async () => {
    execFileSync(process.execPath, ["-e", DEEP_TREE], { cwd: from });
    const copied = await copyTree(from, to);
    expect(copied.directories).toBe(200);
    expect(copied.skipped[0]?.reason).toBe("too-deep");
  });

  test("a signal ends it between two files, with its reason", async () => {
    for (let index = 0; index < 1000; index++) writeFileSync(join(from, `file-${index}`), "x");
    const controller = new AbortController();
    const copying = copyTree(from, to, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(copying).rejects.toThrow("enough");
    expect(readdirSync(to).length).toBeLessThan(1000);
  });
});

describe("over a target that is there", () => {
  beforeEach(() => mkdirSync(to));

  test("replaces what stands in the way and keeps what stands beside", async () => {
    mkdirSync(join(from, "dir"));
    writeFileSync(join(from, "dir/new"), "new");
    writeFileSync(join(from, "file"), "new");
    symlinkSync("new", join(from, "link"));
    mkdirSync(join(to, "file/deep"), { recursive: true });
    writeFileSync(join(to, "file/deep/x"), "x");
    mkdirSync(join(to, "dir"));
    writeFileSync(join(to, "dir/old"), "old");
    writeFileSync(join(to, "link"), "old");
    await copyTree(from, to);
    expect(readFileSync(join(to, "file"), "utf8")).toBe("new");
    expect(readdirSync(join(to, "dir")).sort()).toEqual(["new", "old"]);
    expect(readlinkSync(join(to, "link"))).toBe("new");
  });

  test("a link in the target is replaced, never written through", async () => {
    const outside = join(base, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "victim"), "untouched");
    symlinkSync(outside, join(to, "dir"));
    symlinkSync(join(outside, "victim"), join(to, "file"));
    mkdirSync(join(from, "dir"));
    writeFileSync(join(from, "dir/victim"), "overwritten");
    writeFileSync(join(from, "file"), "overwritten");
    await copyTree(from, to);
    expect(readFileSync(join(outside, "victim"), "utf8")).toBe("untouched");
    expect(lstatSync(join(to, "dir")).isDirectory()).toBe(true);
    expect(readFileSync(join(to, "file"), "utf8")).toBe("overwritten");
  });
});

test.runIf(asRoot)("a full disk is the system's error, not a skipped file", async () => {
  writeFileSync(join(from, "file"), Buffer.alloc(400_000));
  mkdirSync(to);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", to]);
  try {
    await expect(copyTree(from, to)).rejects.toMatchObject({ code: "ENOSPC" });
  } finally {
    execFileSync("umount", [to]);
  }
});
