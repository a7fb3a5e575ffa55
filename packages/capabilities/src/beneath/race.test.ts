import { readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attack, battlefield, keepTrying, layOut, PRIVATE } from "./__fixtures__/battlefield.ts";
import { copyTree } from "./copy-tree.ts";
import { openBeneath } from "./open-beneath.ts";
import { readBeneath } from "./read-beneath.ts";
import { removeTree } from "./remove-tree.ts";
import { writeBeneath } from "./write-beneath.ts";

const PATHS = ["dir/file", "file"];
const RACE_MS = 600;

/** Reads both paths for a while and counts what was private. */
async function race(root: string, read: (path: string) => string | Promise<string>, untilLeak = false) {
  const seen = { private: 0, public: 0 };
  const attempts = PATHS.map((path) => async () => {
    if ((await read(path)) === PRIVATE) seen.private += 1;
    else seen.public += 1;
  });
  await using _attacker = await attack(root);
  const once = async () => {
    for (const attempt of attempts) await attempt().catch(() => {});
  };
  await keepTrying(once, { forMs: untilLeak ? 10_000 : RACE_MS, decided: () => untilLeak && seen.private > 0 });
  return seen;
}

describe("reading while links are swapped in", () => {
  test("by name leaks", async () => {
    using field = battlefield();
    const seen = await race(field.root, (path) => readFileSync(join(field.root, path), "utf8"), true);
    expect(seen.private).toBeGreaterThan(0);
  });

  test("by name after looking where it leads leaks too", async () => {
    using field = battlefield();
    const checked = (path: string) => {
      if (!realpathSync(join(field.root, path)).startsWith(`${field.root}/`)) throw new Error("outside");
      return readFileSync(join(field.root, path), "utf8");
    };
    expect((await race(field.root, checked, true)).private).toBeGreaterThan(0);
  });

  test("beneath never leaks, and reads", async () => {
    using field = battlefield();
    const seen = await race(field.root, async (path) => String(await readBeneath(field.root, path)));
    expect(seen).toEqual({ private: 0, public: expect.any(Number) });
    expect(seen.public).toBeGreaterThan(0);
  });

  test("copies of the tree never have what lies outside", async () => {
    using field = battlefield();
    await using _attacker = await attack(field.root);
    let copies = 0;
    const copy = async () => {
      const to = join(field.base, `copy-${copies++}`);
      await copyTree(field.root, to);
      const files = readdirSync(to, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      for (const file of files) expect(readFileSync(join(file.parentPath, file.name), "utf8")).toBe("public");
    };
    for (const end = performance.now() + RACE_MS; performance.now() < end; ) await copy();
    expect(copies).toBeGreaterThan(5);
  });
});

describe("writing while links are swapped in", () => {
  const isTouched = (outside: string) =>
    readFileSync(join(outside, "file"), "utf8") !== PRIVATE || readdirSync(outside).length !== 1;

  test("by name writes outside", async () => {
    using field = battlefield();
    await using _attacker = await attack(field.root);
    const write = () => writeFileSync(join(field.root, "dir/file"), "overwritten");
    await keepTrying(write, { forMs: 10_000, decided: () => isTouched(field.outside) });
    expect(isTouched(field.outside)).toBe(true);
  });

  test("beneath never does, in an open file or by replacing", async () => {
    using field = battlefield();
    let written = 0;
    {
      await using _attacker = await attack(field.root);
      const write = async () => {
        for (const path of PATHS) {
          await using handle = await openBeneath(field.root, path, { write: true });
          await handle.write("changed", 0);
          written += 1;
        }
        await writeBeneath(field.root, "dir/file", { data: "replaced" });
        written += 1;
      };
      await keepTrying(write, { forMs: RACE_MS });
    }
    expect(written).toBeGreaterThan(0);
    expect(isTouched(field.outside)).toBe(false);
  });

  test("a copy over the tree never does", async () => {
    using field = battlefield();
    using seed = battlefield();
    {
      await using _attacker = await attack(field.root);
      await keepTrying(() => copyTree(seed.root, field.root), { forMs: RACE_MS });
    }
    expect(isTouched(field.outside)).toBe(false);
  });
});

test("removing a tree in which links are swapped in removes nothing outside", async () => {
  using field = battlefield();
  for (let round = 0; round < 8; round++) {
    const root = join(field.base, `root-${round}`);
    layOut(root, field.outside);
    await using _attacker = await attack(root);
    await removeTree(root);
    expect(readdirSync(field.outside)).toEqual(["file"]);
  }
});
