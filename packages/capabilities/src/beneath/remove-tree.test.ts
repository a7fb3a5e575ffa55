import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeTree } from "./remove-tree.ts";

const DEEP_TREE =
  'for (let i = 0; i < 300; i++) { fs.mkdirSync("nested-".repeat(3)); process.chdir("nested-".repeat(3)); fs.writeFileSync("f", ""); }';

const asRoot = process.geteuid?.() === 0;
let base: string;
let tree: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "remove-tree-"));
  tree = join(base, "tree");
  mkdirSync(join(tree, "a/b"), { recursive: true });
  writeFileSync(join(tree, "a/b/file"), "x");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

test("removes files, directories, pipes and names that are no text", async () => {
  execFileSync("mkfifo", [join(tree, "pipe")]);
  writeFileSync(Buffer.from(`${tree}/a/\xff`, "latin1"), "odd");
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
});

test("removes links and not what they lead to, also where the tree itself is one", async () => {
  const outside = join(base, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "kept"), "kept");
  symlinkSync(outside, join(tree, "a/link"));
  symlinkSync(outside, join(base, "tree-link"));
  await removeTree(tree);
  await removeTree(join(base, "tree-link"));
  expect(readFileSync(join(outside, "kept"), "utf8")).toBe("kept");
});

test("what is not there is no error", async () => {
  await expect(removeTree(join(base, "missing"))).resolves.toBeUndefined();
  await expect(removeTree(join(base, "missing/deeper"))).resolves.toBeUndefined();
});

test("a tree nested deeper than any path may be long", async () => {
  execFileSync(process.execPath, ["-e", DEEP_TREE], { cwd: tree });
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
});

test.runIf(asRoot)("trees of other users with modes that forbid everything", async () => {
  chownSync(join(tree, "a/b/file"), 4711, 4711);
  chownSync(join(tree, "a/b"), 4711, 4711);
  chownSync(join(tree, "a"), 4711, 4711);
  chownSync(tree, 4711, 4711);
  chmodSync(join(tree, "a/b/file"), 0);
  chmodSync(join(tree, "a/b"), 0);
  chmodSync(join(tree, "a"), 0o500);
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
});

test.runIf(asRoot)("a mount point inside is not emptied", async () => {
  const mounted = join(tree, "a/b");
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", mounted]);
  try {
    writeFileSync(join(mounted, "kept"), "kept");
    await expect(removeTree(tree)).rejects.toMatchObject({ code: "EBUSY" });
    expect(readFileSync(join(mounted, "kept"), "utf8")).toBe("kept");
  } finally {
    execFileSync("umount", [mounted]);
  }
});
