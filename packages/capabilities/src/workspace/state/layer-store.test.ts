import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { chmod, mkdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { removeTree } from "../../beneath/remove-tree.ts";
import { LayerStore } from "./layer-store.ts";

const OWNER = 1_900_001;
let root: string;
let seed: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "layers-"));
  seed = join(root, "seed");
  await mkdir(join(root, "state"), { mode: 0o711 });
  await mkdir(join(seed, "src"), { recursive: true });
  await writeFile(join(seed, "src/a.txt"), "a");
  await writeFile(join(seed, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  await symlink("src/a.txt", join(seed, "link"));
  await utimes(join(seed, "src/a.txt"), 1_000_000, 1_000_000);
});

afterEach(() => {
  expect(mountsUnder(root)).toEqual([]);
  rmSync(root, { recursive: true, force: true });
});

const mountsUnder = (path: string) =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(` ${path}/`));

async function store(): Promise<{ layers: LayerStore; home: string } & AsyncDisposable> {
  const home = mkdtempSync(join(root, "state/home-"));
  await chmod(home, 0o711);
  const layers = await LayerStore.open({ home, owner: OWNER, passage: OWNER - 1 });
  return {
    layers,
    home,
    async [Symbol.asyncDispose]() {
      await layers[Symbol.asyncDispose]();
      await removeTree(home);
    },
  };
}

test("a stage has the seed's files, owned by the owner, with modes, links and times; the seed stays as it was", async () => {
  const before = await stat(join(seed, "src/a.txt"));
  await using opened = await store();
  const stage = await opened.layers.stage(await opened.layers.import(seed));
  const copied = await stat(join(stage.path, "src/a.txt"));
  expect([copied.uid, copied.gid, copied.mtimeMs]).toEqual([OWNER, OWNER, 1_000_000_000]);
  expect((await stat(join(stage.path, "run.sh"))).mode & 0o777).toBe(0o755);
  expect(await readFile(join(stage.path, "link"), "utf8")).toBe("a");
  await writeFile(join(stage.path, "src/a.txt"), "changed");
  await stage.discard();
  expect(await readFile(join(seed, "src/a.txt"), "utf8")).toBe("a");
  expect(await stat(join(seed, "src/a.txt"))).toMatchObject({ uid: before.uid, mtimeMs: before.mtimeMs });
});

test("going back forgets what was written, removed and renamed", async () => {
  await using opened = await store();
  const base = await opened.layers.import(seed);
  const first = await opened.layers.stage(base);
  await writeFile(join(first.path, "new"), "n");
  execFileSync("sh", ["-c", "mv src moved && rm run.sh"], { cwd: first.path });
  expect(readdirSync(first.path).sort()).toEqual(["link", "moved", "new"]);
  await first.discard();
  const second = await opened.layers.stage(base);
  expect(readdirSync(second.path).sort()).toEqual(["link", "run.sh", "src"]);
  await second.discard();
});

test("a frozen stage is the base of stages that do not see each other", async () => {
  await using opened = await store();
  const stage = await opened.layers.stage(await opened.layers.import(seed));
  await writeFile(join(stage.path, "work"), "done");
  const frozen = await stage.freeze();
  const [left, right] = await Promise.all([opened.layers.stage(frozen), opened.layers.stage(frozen)]);
  await writeFile(join(left.path, "work"), "left");
  expect(await readFile(join(right.path, "work"), "utf8")).toBe("done");
  await Promise.all([left.discard(), right.discard()]);
});

test("what nobody holds is removed, what somebody holds stays", async () => {
  await using opened = await store();
  const base = await opened.layers.import(seed);
  const stage = await opened.layers.stage(base);
  opened.layers.release(base);
  expect(readdirSync(join(opened.home, "disk")).length).toBeGreaterThan(0);
  expect(await readFile(join(stage.path, "src/a.txt"), "utf8")).toBe("a");
  await stage.discard();
  await expect.poll(() => readdirSync(join(opened.home, "disk"))).toEqual([]);
});

test("a tree frozen many times over stays one that can be staged", async () => {
  await using opened = await store();
  let tree = await opened.layers.import(seed);
  for (let round = 0; round < 70; round++) {
    const stage = await opened.layers.stage(tree);
    await writeFile(join(stage.path, `file-${round}`), "");
    opened.layers.release(tree);
    tree = await stage.freeze();
  }
  expect(tree.layers.length).toBeLessThan(65);
  const stage = await opened.layers.stage(tree);
  expect(readdirSync(stage.path).filter((name) => name.startsWith("file-"))).toHaveLength(70);
  await stage.discard();
});

describe.runIf(process.getuid?.() === 0)("as root", () => {
  test("only root and the supervisor reach a stage", async () => {
    await using opened = await store();
    const stage = await opened.layers.stage(await opened.layers.import(seed));
    const seenBy = (uid: number) => {
      try {
        return execFileSync("cat", [join(stage.path, "src/a.txt")], { uid, gid: uid, encoding: "utf8", stdio: "pipe" });
      } catch {
        return "refused";
      }
    };
    await chmod(root, 0o755);
    expect([seenBy(OWNER - 1), seenBy(65_534)]).toEqual(["a", "refused"]);
    await stage.discard();
  });

  test("a stage can still be made over a tree that filled its disk", async () => {
    const image = join(root, "image");
    const disk = join(root, "state");
    execFileSync("sh", [
      "-c",
      `truncate -s 8M ${image} && mkfs.ext4 -q -m 0 -O ^has_journal ${image} && mount -o loop ${image} ${disk}`,
    ]);
    try {
      await using opened = await store();
      const stage = await opened.layers.stage(await opened.layers.import(seed));
      expect(() =>
        execFileSync("dd", ["if=/dev/zero", `of=${join(stage.path, "full")}`, "bs=4k"], { stdio: "pipe" }),
      ).toThrow(/No space/);
      execFileSync("sh", ["-c", "for i in $(seq 100000); do echo > small-$i || exit 0; done"], {
        cwd: stage.path,
        stdio: "ignore",
      });
      const frozen = await stage.freeze();
      const graded = await opened.layers.stage(frozen);
      expect(graded.path).toContain("/spare/");
      await writeFile(join(graded.path, "verdict"), "x".repeat(100_000));
      expect(await readFile(join(graded.path, "src/a.txt"), "utf8")).toBe("a");
      await graded.discard();
    } finally {
      execFileSync("sh", ["-c", `umount ${disk}`]);
    }
  });
});

test.runIf(process.getuid?.() === 0)(
  "in a container's own file system, which takes no overlays, stages are copies that behave the same",
  async () => {
    const state = join(root, "state");
    for (const part of ["lower", "upper", "work"]) await mkdir(join(root, part));
    execFileSync("sh", ["-c", `mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work container ${state}`], {
      cwd: root,
    });
    try {
      await chmod(state, 0o711);
      await using opened = await store();
      expect(opened.layers.overlays).toBe(false);
      const base = await opened.layers.import(seed);
      const first = await opened.layers.stage(base);
      await writeFile(join(first.path, "src/a.txt"), "changed");
      execFileSync("sh", ["-c", "rm run.sh; mkfifo pipe; chmod 0 src"], { cwd: first.path });
      const frozen = await first.freeze();
      const [left, right] = await Promise.all([opened.layers.stage(frozen), opened.layers.stage(frozen)]);
      await writeFile(join(left.path, "src/a.txt"), "left");
      const copied = await stat(join(right.path, "src/a.txt"));
      expect([await readFile(join(right.path, "src/a.txt"), "utf8"), copied.uid]).toEqual(["changed", OWNER]);
      expect((await stat(join(right.path, "src"))).mode & 0o777).toBe(0);
      expect(readdirSync(right.path).sort()).toEqual(["link", "src"]);
      await Promise.all([left.discard(), right.discard()]);
      opened.layers.release(frozen);
      const again = await opened.layers.stage(base);
      expect(await readFile(join(again.path, "src/a.txt"), "utf8")).toBe("a");
      await again.discard();
      opened.layers.release(base);
      await expect.poll(() => readdirSync(join(opened.home, "disk"))).toEqual([]);
    } finally {
      execFileSync("sh", ["-c", `umount ${state}`]);
    }
  },
);
