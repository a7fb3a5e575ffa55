import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { directoryWith } from "./__fixtures__/started-workspace.ts";
import { restorePaths } from "./restore-paths.ts";

const BASE = { "package.json": "{}", "test/a.js": "a", "test/sub/b.js": "b", "src/x.js": "x" };

async function restored(spoil: (root: string) => void, paths: readonly string[]) {
  const base = directoryWith(BASE);
  const tree = directoryWith(BASE);
  spoil(tree.path);
  await restorePaths(paths, { from: base.path, to: tree.path, owner: undefined });
  return {
    path: tree.path,
    read: (path: string) => readFileSync(join(tree.path, path), "utf8"),
    files: () => readdirSync(tree.path, { recursive: true }).map(String).sort(),
    [Symbol.dispose]() {
      base[Symbol.dispose]();
      tree[Symbol.dispose]();
    },
  };
}

test("content and mode come back, what is not named stays as it is", async () => {
  using tree = await restored(
    (root) => {
      writeFileSync(join(root, "package.json"), "spoilt");
      chmodSync(join(root, "package.json"), 0o777);
      writeFileSync(join(root, "src/x.js"), "mended");
    },
    ["package.json"],
  );
  expect([tree.read("package.json"), tree.read("src/x.js")]).toEqual(["{}", "mended"]);
  expect(lstatSync(join(tree.path, "package.json")).mode & 0o777).toBe(
    lstatSync(join(tree.path, "src/x.js")).mode & 0o777,
  );
});

test("a directory comes back whole, without what was put beside", async () => {
  using tree = await restored(
    (root) => {
      rmSync(join(root, "test/sub"), { recursive: true });
      writeFileSync(join(root, "test/planted.js"), "");
    },
    ["test"],
  );
  expect(tree.files()).toEqual(["package.json", "src", "src/x.js", "test", "test/a.js", "test/sub", "test/sub/b.js"]);
});

test("what the baseline has not is removed", async () => {
  using tree = await restored((root) => writeFileSync(join(root, "conftest.py"), ""), ["conftest.py", "never/was"]);
  expect(tree.files()).not.toContain("conftest.py");
});

test("links in the way are replaced, and nothing behind them is touched", async () => {
  using outside = directoryWith({ "a.js": "outside", "sub/b.js": "outside" });
  using tree = await restored(
    (root) => {
      rmSync(join(root, "test"), { recursive: true });
      symlinkSync(outside.path, join(root, "test"));
      rmSync(join(root, "package.json"));
      symlinkSync(join(outside.path, "a.js"), join(root, "package.json"));
      symlinkSync(outside.path, join(root, "planted"));
    },
    ["test/a.js", "test/sub", "package.json", "planted/a.js"],
  );
  expect([tree.read("test/a.js"), tree.read("test/sub/b.js"), tree.read("package.json")]).toEqual(["a", "b", "{}"]);
  expect(readFileSync(join(outside.path, "a.js"), "utf8")).toBe("outside");
  expect(readFileSync(join(outside.path, "sub/b.js"), "utf8")).toBe("outside");
  expect(readdirSync(outside.path).sort()).toEqual(["a.js", "sub"]);
});

test("an emptied tree gets what is named", async () => {
  using tree = await restored(
    (root) => {
      rmSync(root, { recursive: true });
      mkdirSync(root);
    },
    ["test/sub/b.js"],
  );
  expect(tree.files()).toEqual(["test", "test/sub", "test/sub/b.js"]);
});
