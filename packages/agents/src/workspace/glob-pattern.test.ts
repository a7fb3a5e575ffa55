import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { globRegex, globSearch, pathRegex } from "./glob-pattern.ts";

/** Whether a path matches, as the machine's grep says: its dialect is the one that counts. */
function matches(regex: string, paths: readonly string[]): readonly string[] {
  try {
    const input = paths.map((path) => `${path}\n`).join("");
    const output = execFileSync("grep", ["-aE", "-e", regex], { input, env: { LC_ALL: "C.UTF-8" }, stdio: "pipe" });
    return output.toString().split("\n").slice(0, -1);
  } catch (error) {
    if ((error as { status?: number }).status === 1) return []; // no match
    throw error;
  }
}

describe("a pattern", () => {
  test.each([
    ["**/*.ts", ["./a.ts", "./src/b.ts", "./src/deep/c.ts"]],
    ["*.ts", ["./a.ts", "./src/b.ts", "./src/deep/c.ts"]],
    ["./*.ts", ["./a.ts"]],
    ["/*.ts", ["./a.ts"]],
    ["src/*.ts", ["./src/b.ts"]],
    ["src/**", ["./src/b.ts", "./src/deep/c.ts", "./src/{x}.js", "./src/é.js"]],
    ["src/**/*.{js,ts}", ["./src/b.ts", "./src/deep/c.ts", "./src/{x}.js", "./src/é.js"]],
    ["**/[a-b].ts", ["./a.ts", "./src/b.ts"]],
    ["**/[!a-b].ts", ["./src/deep/c.ts"]],
    ["?.js", ["./src/é.js"]],
    ["{a,{b,c}}.ts", ["./a.ts", "./src/b.ts", "./src/deep/c.ts"]],
    ["\\{x\\}.js", ["./src/{x}.js"]],
    ["{x}.js", []],
    ["a+b(1)|^$.txt", ["./a+b(1)|^$.txt"]],
    ["a.t", []],
    ["{a.ts", []],
    ["[a.ts", []],
  ])("%s", (pattern, expected) => {
    const paths = ["./a.ts", "./src/b.ts", "./src/deep/c.ts", "./src/{x}.js", "./src/é.js", "./a+b(1)|^$.txt", "./ats"];
    expect(matches(pathRegex(pattern), paths)).toEqual(expected);
  });

  test("is searched from the directory that it names", () => {
    expect(globSearch("src/**/*.ts", ".")).toEqual({ base: "src", regex: "^\\./(.*/)?[^/]*\\.ts$" });
    expect(globSearch("../lib/*.c", "app")).toMatchObject({ base: "lib" });
    expect(globSearch("/workspace/src/a.ts", "app")).toEqual({ base: "/workspace/src", regex: "^\\./a\\.ts$" });
    expect(globSearch("/*.ts", "app")).toEqual({ base: "/", regex: "^\\./[^/]*\\.ts$" });
    expect(globSearch("a.ts", "app")).toEqual({ base: "app", regex: "^\\./(.*/)?a\\.ts$" });
    expect(globSearch("src/", ".")).toMatchObject({ base: "src" });
  });

  test("of any characters is one that grep takes, and an escaped text matches itself alone", () => {
    const name = fc.string({ unit: fc.constantFrom(..."ab.*?[]{}!^$()|+\\,-é😀/ '\"") }).filter((text) => text !== "");
    fc.assert(
      fc.property(name, (text) => {
        const escaped = [...text].map((char) => `\\${char}`).join("");
        expect(matches(`^${globRegex(escaped)}$`, [text, `${text}x`])).toEqual([text]);
        if (!text.includes("[")) matches(`^${globRegex(text)}$`, ["a"]); // a set may have a range that ends before it begins
      }),
      { numRuns: 150 },
    );
  });
});
