import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { SdkError } from "@hud-ts/core/adapter";
import { expect, test } from "vitest";
import { ZodError } from "zod";
import { type Project, project } from "../__fixtures__/project.ts";
import { bundleSource } from "./bundle.ts";
import { evaluateBundle, type ModuleNamespace } from "./evaluate.ts";
import { resolveSource } from "./resolve-source.ts";

async function load(home: Project, name = "env.ts"): Promise<readonly ModuleNamespace[]> {
  const source = await resolveSource(home.at(name));
  await using bundle = await bundleSource(source);
  return await evaluateBundle(bundle.file, source.directory);
}

async function failure(work: Promise<unknown>): Promise<SdkError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!SdkError.is(error)) throw new Error(`expected an SdkError, got ${String(error)}`);
  return error;
}

test("TypeScript, siblings without and with extension, JSON and Node's own modules load", async () => {
  await using home = await project({
    "env.ts": `
      import { basename } from "node:path";
      import { a } from "./a";
      import { b } from "./b.ts";
      import { c } from "./c.js";
      import data from "./data.json" with { type: "json" };
      interface Unused { readonly x: number }
      export const all = [a, b, c, data.n, basename("/x/y")] satisfies unknown[];
    `,
    "a.ts": "export const a: string = 'a';",
    "b.ts": "export const b: string = 'b';",
    "c.ts": "export const c: string = 'c';",
    "data.json": '{"n": 7}',
  });
  expect((await load(home))[0]?.["all"]).toEqual(["a", "b", "c", 7, "y"]);
});

test("import.meta names each original file, behind a shebang too", async () => {
  const text = "export const meta = [import.meta.url, import.meta.dirname, import.meta.filename];";
  await using home = await project({
    "env.ts": `#!/usr/bin/env node\n${text}\nexport { meta as deep } from "./lib/deep.ts";`,
    "lib/deep.ts": text,
  });
  const [module] = await load(home);
  const expected = (file: string, directory: string) => [pathToFileURL(file).href, directory, file];
  expect(module?.["meta"]).toEqual(expected(home.at("env.ts"), home.directory));
  expect(module?.["deep"]).toEqual(expected(home.at("lib/deep.ts"), home.at("lib")));
});

test("two sources with helpers of the same name keep their own, and each load runs anew", async () => {
  const env = 'import { who } from "./helpers"; export { who }; export const loaded = {};';
  await using first = await project({ "env.ts": env, "helpers.ts": "export const who = 'first';" });
  await using second = await project({ "env.ts": env, "helpers.ts": "export const who = 'second';" });
  const [[a], [b]] = await Promise.all([load(first), load(second)]);
  expect([a?.["who"], b?.["who"]]).toEqual(["first", "second"]);
  await first.write({ "helpers.ts": "export const who = 'changed';" });
  const [again] = await load(first);
  expect(again?.["who"]).toBe("changed");
  expect(again?.["loaded"]).not.toBe(a?.["loaded"]);
});

test("packages come from the source's own node_modules by Node's import rules, and are shared between loads", async () => {
  await using home = await project({
    "env.ts":
      'import { how } from "dual"; export { how }; export { state } from "@scope/pkg/sub"; export { cjs } from "old";',
    "node_modules/dual/package.json":
      '{"name":"dual","exports":{".":{"module":"./bundler.mjs","import":"./import.mjs","require":"./require.cjs"}}}',
    "node_modules/dual/import.mjs": "export const how = 'import';",
    "node_modules/dual/require.cjs": "exports.how = 'require';",
    "node_modules/dual/bundler.mjs": "export const how = 'bundler';",
    "node_modules/@scope/pkg/package.json": '{"name":"@scope/pkg","type":"module","exports":{"./sub":"./lib/sub.js"}}',
    "node_modules/@scope/pkg/lib/sub.js": "export const state = {};",
    "node_modules/old/package.json": '{"name":"old","main":"main.js","module":"module.js"}',
    "node_modules/old/main.js": "exports.cjs = __filename.endsWith('main.js');",
    "node_modules/old/module.js": "export const cjs = false;",
  });
  const [first] = await load(home);
  expect(first).toMatchObject({ how: "import", cjs: true });
  expect((await load(home))[0]?.["state"]).toBe(first?.["state"]);
});

test("a package that the source's project lacks is the one beside this, and shared with this process", async () => {
  await using home = await project({ "env.ts": 'export { ZodError } from "zod";' });
  expect((await load(home))[0]?.["ZodError"]).toBe(ZodError);
});

test("a package given as TypeScript, and tsconfig paths, are bundled", async () => {
  await using home = await project({
    "env.ts": 'import { a } from "~/a"; import { b } from "source-only"; export const all = [a, b];',
    "tsconfig.json": '{"compilerOptions":{"paths":{"~/*":["./lib/*"]}}}',
    "lib/a.ts": "export const a: number = 1;",
    "node_modules/source-only/package.json": '{"name":"source-only","exports":"./index.ts"}',
    "node_modules/source-only/index.ts": "export const b: number = 2;",
  });
  expect((await load(home))[0]?.["all"]).toEqual([1, 2]);
});

test("CommonJS files and late imports work after the bundle is gone", async () => {
  await using home = await project({
    "env.ts": `
      import legacy from "./legacy.cjs";
      export const sep = legacy.sep;
      export const later = async () => (await import("./later.ts")).value;
    `,
    "legacy.cjs": 'const path = require("path"); module.exports = { sep: path.posix.sep };',
    "later.ts": "export const value = 'late';",
  });
  const [module] = await load(home);
  expect(module?.["sep"]).toBe("/");
  const later = module?.["later"] as () => Promise<string>;
  expect(await later()).toBe("late");
});

test("nothing is written into the project, and the bundle is removed", async () => {
  await using home = await project({ "env.ts": "export const x = 1;" });
  const source = await resolveSource(home.at("env.ts"));
  const bundle = await bundleSource(source);
  expect(bundle.file.startsWith(home.directory)).toBe(false);
  await bundle[Symbol.asyncDispose]();
  expect(existsSync(bundle.file)).toBe(false);
});

test("a syntax error shows file, line, column and the line, import.meta in it or not", async () => {
  await using home = await project({
    "env.ts": "export const ok = 1;\nexport const broken = = 2;\n",
    "meta.ts": "const here = import.meta.url; const broken = = 2;\n",
  });
  const error = await failure(load(home));
  expect(error.code).toBe("SOURCE_LOAD_FAILED");
  expect(error.message).toBe(
    'env.ts:2:23: Unexpected "="\n\n  2 | export const broken = = 2;\n    |                       ^',
  );
  expect((await failure(load(home, "meta.ts"))).message).toBe(
    'meta.ts:1:46: Unexpected "="\n\n  1 | const here = import.meta.url; const broken = = 2;\n    |                                              ^',
  );
});

test("an import that leads nowhere names it, and what to install", async () => {
  await using home = await project({
    "env.ts": 'import { x } from "@acme/lib/sub";\nexport const y = x;',
    "sibling.ts": 'import "./absent.ts";',
  });
  const error = await failure(load(home));
  expect(error.message).toContain('env.ts:1:19: Could not resolve "@acme/lib/sub"');
  expect(error.hint).toBe("Install it beside the source: npm install @acme/lib");
  const sibling = await failure(load(home, "sibling.ts"));
  expect(sibling.message).toContain('sibling.ts:1:8: Could not resolve "./absent.ts"');
  expect(sibling.hint).toBeUndefined();
});

test("what throws while it loads is placed in the user's file", async () => {
  await using home = await project({
    "env.ts": 'import { check } from "./check.ts";\n\nexport const x = check(null);\n',
    "check.ts": "// first\nexport function check(value: { a: number } | null) {\n  return value!.a;\n}\n",
    "plain.ts": "throw 'just a text';",
  });
  const error = await failure(load(home));
  expect(error.code).toBe("SOURCE_LOAD_FAILED");
  expect(error.message).toMatch(
    /^check\.ts:3:\d+: TypeError: Cannot read properties of null \(reading 'a'\)\n\n {2}3 \| {3}return value!\.a;/,
  );
  expect(error.cause).toBeInstanceOf(TypeError);
  expect((await failure(load(home, "plain.ts"))).message).toContain("just a text");
});

test("a load that never ends is given up with its signal", async () => {
  await using home = await project({ "env.ts": "await new Promise(() => {});" });
  const source = await resolveSource(home.at("env.ts"));
  await using bundle = await bundleSource(source);
  const controller = new AbortController();
  const reason = new Error("enough");
  const pending = evaluateBundle(bundle.file, source.directory, controller.signal);
  controller.abort(reason);
  await expect(pending).rejects.toBe(reason);
});
