import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import type { JsonObject } from "@hud-ts/core/spec";
import { agentRunDouble } from "@hud-ts/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callTools } from "../loop/call-tools.ts";
import { modelTools, nameTools } from "../loop/tool-set.ts";
import { LocalShell } from "./__fixtures__/local-shell.ts";
import { shellTools, workspaceTools } from "./workspace-tools.ts";

let directory: string;
let shell: LocalShell;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hud-tools-"));
  shell = new LocalShell(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function files(contents: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

const { signal } = new AbortController();
const options = { timeoutMs: 10_000, maxOutputChars: 32_768, signal, onResult: () => {} };

/** Calls a tool as the loop does. */
async function result(name: string, args: JsonObject, tools = shellTools(shell, "shell")) {
  const calls = [{ id: "1", name, arguments: args }];
  const called = await callTools(calls, { ...options, tools: nameTools(tools) });
  return called[0]?.result;
}

/** What a model reads of a call, errors marked. */
async function said(name: string, args: JsonObject): Promise<string> {
  const { content = [], isError } = (await result(name, args)) ?? {};
  const text = content.map((block) => (block.type === "text" ? block.text : `[${block.type}]`)).join("");
  return isError === true ? `ERROR ${text}` : text;
}

test("models see the six tools, with exactly the parameters that they were trained on", () => {
  const tools = modelTools(nameTools(shellTools(shell, "shell")));
  const shape = tools.map(({ name, parameters }) => {
    const { properties, required } = parameters as { properties: Record<string, { type: string }>; required: string[] };
    return [name, Object.entries(properties).map(([key, { type }]) => `${key}:${type}`), required];
  });
  expect(shape).toEqual([
    ["bash", ["command:string", "timeout:integer", "workdir:string"], ["command"]],
    ["read", ["filePath:string", "offset:integer", "limit:integer"], ["filePath"]],
    ["glob", ["pattern:string", "path:string"], ["pattern"]],
    ["grep", ["pattern:string", "path:string", "include:string"], ["pattern"]],
    [
      "edit",
      ["filePath:string", "oldString:string", "newString:string", "replaceAll:boolean"],
      ["filePath", "oldString", "newString"],
    ],
    ["write", ["content:string", "filePath:string"], ["content", "filePath"]],
  ]);
});

describe("bash", () => {
  test("gives output, errors and the exit code", async () => {
    await files({ "sub/here": "" });
    expect(await said("bash", { command: "echo hi" })).toBe("$ echo hi\nhi\n\n(exit 0)");
    expect(await said("bash", { command: "ls; echo bad >&2; exit 3", workdir: "sub" })).toBe(
      "ERROR $ ls; echo bad >&2; exit 3\nhere\n\nstderr:\nbad\n\n(exit 3)",
    );
  });

  test("ends a command in its time, that of the call at most, and keeps what it said", async () => {
    const command = "echo begun; exec sleep 60";
    const report = (seconds: number) => `$ ${command}\nbegun\n\n(killed: timed out after ${seconds} s)`;
    const inCall = async (timeoutMs: number) => {
      const calls = [{ id: "1", name: "bash", arguments: { command, timeout: 600_000 } }];
      const tools = nameTools(shellTools(shell, "shell"));
      return (await callTools(calls, { ...options, tools, timeoutMs }))[0]?.result.content;
    };
    const [asked, given] = await Promise.all([said("bash", { command, timeout: 1_000 }), inCall(1_200)]);
    expect(asked).toBe(`ERROR ${report(1)}`);
    expect(given).toEqual([{ type: "text", text: report(1.08) }]);
  });
});

describe("read", () => {
  const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at + 1}`).join("\n");

  test("shows a whole file, a window of it, and says how to go on", async () => {
    await files({ "ten.txt": `${lines(10)}\n`, "open.txt": "no newline", empty: "" });
    expect(await said("read", { filePath: "ten.txt" })).toBe(`${lines(10)}\n\n(End of file - total 10 lines)`);
    expect(await said("read", { filePath: "ten.txt", offset: 3, limit: 2 })).toBe(
      "line 3\nline 4\n\n(Showing lines 3-4 of 10. Use offset=5 to continue.)",
    );
    expect(await said("read", { filePath: "ten.txt", offset: "9" })).toBe(
      "line 9\nline 10\n\n(End of file - total 10 lines)",
    );
    expect(await said("read", { filePath: "ten.txt", offset: 0, limit: 1 })).toContain(
      "line 1\n\n(Showing lines 1-1 of 10",
    );
    expect(await said("read", { filePath: "open.txt" })).toBe("no newline\n\n(End of file - total 1 lines)");
    expect(await said("read", { filePath: "empty" })).toBe("\n(End of file - total 0 lines)");
    expect(await said("read", { filePath: "ten.txt", offset: 11 })).toBe(
      "ERROR Offset 11 is out of range for this file (10 lines)",
    );
  });

  test("fetches the window alone, and of a flood only what can be shown", async () => {
    await files({ "big.txt": `${lines(200_000)}\n`, "long.txt": "é".repeat(1_000_000) });
    expect(await said("read", { filePath: "big.txt", offset: 150_000, limit: 2 })).toBe(
      "line 150000\nline 150001\n\n(Showing lines 150000-150001 of 200000. Use offset=150002 to continue.)",
    );
    expect(shell.fetchedBytes).toBeLessThan(1_000);
    const flood = await said("read", { filePath: "big.txt" });
    const [, last] = /\(Showing lines 1-(\d+) of 200000\. Use offset=\d+ to continue\.\)$/.exec(flood) ?? [];
    expect(flood).toContain(`line ${last}\n\n(`);
    expect(flood.length).toBeLessThan(32_768);
    const long = await said("read", { filePath: "long.txt" });
    expect(long).toMatch(/^é+\n\n\(Line 1 of 1 is longer than what is shown\. Use bash/);
    expect(shell.fetchedBytes).toBeLessThan(100_000);
  });

  test("shows images as images, and refuses what is neither text nor image", async () => {
    const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
    await files({ "a.png": png, "b.bin": "a\0b", "latin1.txt": Buffer.from("caf\xe9\n", "latin1"), big: png });
    await writeFile(join(directory, "big"), Buffer.concat([png, Buffer.alloc(5_000_000)]));
    expect(await result("read", { filePath: "a.png" })).toMatchObject({
      isError: false,
      content: [{ type: "image", mimeType: "image/png", data: png.toString("base64") }],
    });
    for (const filePath of ["b.bin", "latin1.txt"]) {
      expect(await said("read", { filePath })).toBe("ERROR Cannot view this file: expected UTF-8 text or an image.");
    }
    expect(await said("read", { filePath: "big" })).toContain("ERROR Cannot view this image: it has 5000016 bytes");
  });

  test("lists directories, in parts too", async () => {
    await files({ "d/b": "", "d/.a": "", "d/sub/x": "", "d/it's; $(echo) 日本": "" });
    await mkdir(join(directory, "none"));
    expect(await said("read", { filePath: "d" })).toBe(".a\nb\nit's; $(echo) 日本\nsub/\n\n(4 entries)");
    expect(await said("read", { filePath: "d", offset: 2, limit: 2 })).toBe(
      "b\nit's; $(echo) 日本\n\n(Showing 2 of 4 entries. Use offset=4 to continue.)",
    );
    expect(await said("read", { filePath: "none" })).toBe("(empty)\n\n(0 entries)");
  });

  test("says what cannot be looked at, hanging at nothing", async () => {
    await shell.exec("mkfifo fifo");
    expect(await said("read", { filePath: "nothing" })).toBe("ERROR tool error: there is no nothing");
    expect(await said("read", { filePath: "fifo" })).toBe("ERROR tool error: fifo is neither a file nor a directory");
    expect(await said("read", {})).toBe("ERROR tool error: expected filePath to be a text, got nothing");
    expect(await said("read", { filePath: "a", limit: 0 })).toContain(
      "expected limit to be a whole number from 1, got 0",
    );
  });
});

describe("glob", () => {
  test("goes through directories, skips what others wrote, and says when there is more", async () => {
    await files({ "a.ts": "", "src/b.ts": "", "src/deep/c.tsx": "", "node_modules/x/d.ts": "", ".git/e.ts": "" });
    expect(await said("glob", { pattern: "**/*.ts" })).toBe("a.ts\nsrc/b.ts");
    expect(await said("glob", { pattern: "*.{ts,tsx}", path: "src" })).toBe("src/b.ts\nsrc/deep/c.tsx");
    expect(await said("glob", { pattern: "node_modules/**/*.ts" })).toBe("node_modules/x/d.ts");
    expect(await said("glob", { pattern: `${directory}/src/*.ts` })).toBe(`${directory}/src/b.ts`);
    expect(await said("glob", { pattern: "*.py" })).toBe("No files found");
    await shell.exec("mkdir many && cd many && seq 1 600 | xargs touch");
    const many = await said("glob", { pattern: "many/*" });
    expect(many.split("\n")).toHaveLength(502);
    expect(many).toContain("(Showing the first 500; narrow the search for others.)");
  });

  test("runs nothing that a pattern, a path or a name says", async () => {
    await files({ "$(touch planted)": "", "-delete": "" });
    expect(await said("glob", { pattern: "$(touch planted)" })).toBe("$(touch planted)");
    expect(await said("glob", { pattern: "-delete" })).toBe("-delete");
    expect(await said("glob", { pattern: "*", path: "-delete" })).toContain("ERROR tool error:");
    expect(await said("glob", { pattern: "[z-a]" })).toMatch(/^ERROR tool error: grep: Invalid range end/);
    expect(await said("glob", { pattern: "a\0b" })).toContain("expected pattern to be a text");
    expect(await shell.exists("planted")).toBe(false);
  });
});

describe("grep", () => {
  test("gives path, line and text, of text files that others did not write", async () => {
    await files({
      "a.ts": "one\ntwo\n",
      "src/b.js": "two two\n",
      "src/n.bin": "two\0",
      "node_modules/c.js": "two",
      ".git/d": "two",
      "name\nwith: newline": "two\n",
    });
    expect(await said("grep", { pattern: "t(w|x)o" })).toBe(
      "a.ts:2:two\nname\nwith: newline:1:two\nsrc/b.js:1:two two",
    );
    expect(await said("grep", { pattern: "two", path: "src" })).toBe("src/b.js:1:two two");
    expect(await said("grep", { pattern: "two", path: "a.ts" })).toBe("a.ts:2:two");
    expect(await said("grep", { pattern: "two", include: "*.{ts,tsx}" })).toBe("a.ts:2:two");
    expect(await said("grep", { pattern: "two", include: "src/**/*.js" })).toBe("src/b.js:1:two two");
    expect(await said("grep", { pattern: "two", path: "node_modules" })).toBe("node_modules/c.js:1:two");
    expect(await said("grep", { pattern: "three" })).toBe("No matches found");
  });

  test("takes patterns and paths that look like options, and says what is no pattern", async () => {
    await files({ "-v": "-e x\n" });
    expect(await said("grep", { pattern: "-e" })).toBe("-v:1:-e x");
    expect(await said("grep", { pattern: "x", path: "-v" })).toBe("./-v:1:-e x");
    expect(await said("grep", { pattern: "(" })).toMatch(/^ERROR tool error: grep: Unmatched \(/);
    expect(await said("grep", { pattern: "x", path: "nothing" })).toBe("ERROR tool error: cannot read nothing");
  });

  test("bounds lines and their number", async () => {
    await files({ "long.txt": `x${"é".repeat(100_000)}\n`, "many.txt": "hit\n".repeat(1_000) });
    const long = await said("grep", { pattern: "^x" });
    expect(long).toBe(`long.txt:1:x${"é".repeat(488)}…`);
    const many = await said("grep", { pattern: "hit" });
    expect(many.split("\n")).toHaveLength(202);
    expect(many).toContain("(Showing the first 200; narrow the search for others.)");
  });
});

describe("edit", () => {
  const edit = (filePath: string, oldString: string, rest: JsonObject) =>
    said("edit", { filePath, oldString, ...rest });

  test("replaces the one occurrence, or all", async () => {
    await files({ "a.txt": "one two two" });
    expect(await edit("a.txt", "one", { newString: "$& 1" })).toBe("replaced 1 occurrence in a.txt");
    expect(await edit("a.txt", "two", { newString: "2" })).toBe(
      "ERROR oldString matches 2 times in a.txt; set replaceAll to true",
    );
    expect(await edit("a.txt", "two", { newString: "", replaceAll: true })).toBe("replaced 2 occurrences in a.txt");
    expect(await readFile(join(directory, "a.txt"), "utf8")).toBe("$& 1  ");
  });

  test("refuses what it cannot mean", async () => {
    await files({ "a.txt": "one" });
    expect(await edit("a.txt", "x", { newString: "x" })).toBe("ERROR oldString and newString are identical");
    expect(await edit("a.txt", "three", { newString: "3" })).toBe("ERROR oldString not found in a.txt");
    expect(await edit("a.txt", "", { newString: "3" })).toContain("ERROR oldString is empty, but a.txt exists");
    expect(await edit("none.txt", "a", { newString: "b" })).toContain("ERROR tool error:");
    expect(await readFile(join(directory, "a.txt"), "utf8")).toBe("one");
  });

  test("makes a new file, with its directories, of an empty oldString", async () => {
    expect(await edit("new/dir/a.txt", "", { newString: "é" })).toBe("wrote 2 bytes to new/dir/a.txt");
    expect(await readFile(join(directory, "new/dir/a.txt"), "utf8")).toBe("é");
  });

  test("leaves every other byte, the file's mode and the links to it as they were", async () => {
    const rest = Buffer.from("ff00fe0d0aefbbbf", "hex");
    await files({ "latin1.sh": Buffer.concat([rest, Buffer.from("old"), rest]) });
    await shell.exec("chmod 750 latin1.sh");
    await symlink("latin1.sh", join(directory, "link"));
    expect(await edit("link", "old", { newString: "néw" })).toBe("replaced 1 occurrence in link");
    expect(await readFile(join(directory, "latin1.sh"))).toEqual(Buffer.concat([rest, Buffer.from("néw"), rest]));
    expect((await stat(join(directory, "latin1.sh"))).mode & 0o777).toBe(0o750);
  });
});

test("write replaces a file or makes one, with its directories, and says how many bytes", async () => {
  expect(await said("write", { filePath: "x/-y z'", content: "日本\n" })).toBe("wrote 7 bytes to x/-y z'");
  expect(await said("write", { filePath: "x/-y z'", content: "" })).toBe("wrote 0 bytes to x/-y z'");
  expect(await readFile(join(directory, "x/-y z'"), "utf8")).toBe("");
});

test("what a login shell's start-up files print is no part of a result", async () => {
  await files({ ".bash_profile": "echo directory; echo no such command >&2", "a.txt": "text\n" });
  expect(await said("read", { filePath: "a.txt" })).toBe("text\n\n(End of file - total 1 lines)");
  expect(await said("read", { filePath: "b.txt" })).toBe("ERROR tool error: there is no b.txt");
});

describe("a connection that breaks", () => {
  const lost = () => new SdkError({ code: "CAPABILITY_LOST", message: "the connection broke" });

  test("is told to the model twice, and ends the run the third time in a row", async () => {
    shell.lose(lost(), lost(), undefined, lost(), lost(), lost());
    const tools = shellTools(shell, "shell");
    const run = () => result("bash", { command: "true" }, tools);
    const told = {
      isError: true,
      content: [{ text: expect.stringContaining("the connection broke\nWhether it was") }],
    };
    expect(await run()).toMatchObject(told);
    expect(await result("edit", { filePath: "a", oldString: "b", newString: "c" }, tools)).toMatchObject(told);
    expect(await run()).toMatchObject({ isError: false });
    expect(await run()).toMatchObject(told);
    expect(await run()).toMatchObject(told);
    await expect(run()).rejects.toMatchObject({ code: "CAPABILITY_LOST", blame: "infra" });
  });
});

test("the provider opens the capability that it is asked for, and its tools keep their order on it", async () => {
  const run = agentRunDouble({ clients: { ssh: shell } });
  const capability = { name: "box", protocol: "ssh/2", url: "ssh://127.0.0.1:1", params: {} };
  const tools = await workspaceTools().tools(run, capability);
  expect(tools.map((tool) => tool.capability)).toEqual(Array(6).fill("box"));
});
