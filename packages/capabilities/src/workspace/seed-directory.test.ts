import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { directoryWith } from "./__fixtures__/started-workspace.ts";
import { seedDirectory } from "./seed-directory.ts";

const refusal = (pattern: RegExp) =>
  expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringMatching(pattern) });

test("a seed is a file URL, its text, an absolute path, or relative to the environment's root", async () => {
  using project = directoryWith({ "workspace/a.txt": "a" });
  const seed = join(project.path, "workspace");
  const given = [
    pathToFileURL(seed),
    pathToFileURL(`${seed}/`),
    pathToFileURL(seed).href,
    seed,
    "workspace",
    "./workspace/",
  ];
  expect(await Promise.all(given.map((source) => seedDirectory(source, { root: project.path })))).toEqual(
    given.map(() => seed),
  );
});

test.each([
  ["relative, without a root", "workspace", undefined, /no root/],
  ["empty", "", "/", /no root/],
  ["not a file's url", new URL("https://example.test/seed"), "/", /file URL/],
  ["not there", "/nowhere/at/all", "/", /does not exist/],
  ["a file", "/etc/passwd", "/", /not a directory/],
] as const)("a seed that is %s is refused", async (...[, source, root, message]) => {
  await expect(seedDirectory(source, { root })).rejects.toThrow(refusal(message));
});

test.each([
  ["a .env file", "deep/below/.env", /deep\/below\/\.env/],
  ["a .hud directory", ".hud/jobs/x", /\.hud/],
])("a seed with %s is refused, naming it and what to do", async (_, file, message) => {
  using seed = directoryWith({ [file]: "KEY=secret" });
  await expect(seedDirectory(seed.path, { root: undefined })).rejects.toThrow(refusal(message));
  await expect(seedDirectory(seed.path, { root: undefined })).rejects.toHaveProperty(
    "hint",
    expect.stringMatching(/Move it out/),
  );
});

test("names that only resemble those are no reason", async () => {
  using seed = directoryWith({ ".env.example": "", "my.env": "", "hud/.huddle": "" });
  expect(await seedDirectory(seed.path, { root: undefined })).toBe(seed.path);
});

test("a seed that holds the environment's own source is refused, also by way of a link", async () => {
  using project = directoryWith({ "envs/coder/env.ts": "", "envs/coder/workspace/a": "" });
  const root = join(project.path, "envs/coder");
  mkdirSync(join(project.path, "links"));
  symlinkSync(root, join(project.path, "links/here"));
  for (const source of [root, ".", "..", project.path, join(project.path, "links/here")]) {
    await expect(seedDirectory(source, { root })).rejects.toThrow(refusal(/own source/));
  }
  expect(await seedDirectory("./workspace", { root })).toBe(join(root, "workspace"));
});
