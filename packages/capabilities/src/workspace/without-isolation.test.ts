import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { leftovers, NOTHING_LEFT } from "./__fixtures__/leftovers.ts";
import {
  daemonContext,
  directoryWith,
  type StartedWorkspace,
  startedWorkspace,
} from "./__fixtures__/started-workspace.ts";
import { workspace } from "./index.ts";

let started: StartedWorkspace;
let shell: StartedWorkspace["shell"];

beforeAll(async () => {
  started = await startedWorkspace({ "a.txt": "a" }, { isolation: "none", env: { GREETING: "hello" } });
  shell = started.shell;
});
afterAll(async () => {
  await started[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(leftovers()).toEqual(NOTHING_LEFT)); // what held pipes ready ends on its own
});
beforeEach(() => shell.reset?.(daemonContext()));

test("the workspace is seen where it lies, at one place through every reset, and says that nothing keeps it in", async () => {
  const cwd = String(started.capability.params["cwd"]);
  expect(started.capability.params["isolation"]).toBe("none");
  await shell.exec("echo b > b.txt");
  expect((await shell.exec("pwd -L; ls; echo $GREETING", { cwd })).stdout).toBe(`${cwd}\na.txt\nb.txt\nhello\n`);
  await shell.reset?.(daemonContext());
  expect((await shell.exec("pwd -L; ls", { cwd })).stdout).toBe(`${cwd}\na.txt\n`);
});

test("files are read and written by the path that a sandbox would show, too", async () => {
  await shell.writeFile("/workspace/new.txt", "new");
  expect(String(await shell.readFile(`${String(started.capability.params["cwd"])}/new.txt`))).toBe("new");
});

test("a program that stayed in its group ends with the reset", async () => {
  await shell.exec("sleep 4270 > /dev/null 2>&1 &");
  await shell.reset?.(daemonContext());
  expect((await shell.exec("pgrep -fc '^sleep 4270'")).stdout).toBe("0\n");
});

test("a grade sees what was left and the author's files by the paths that the command names", async () => {
  using hidden = directoryWith({ "check.sh": 'cat "$1"; pwd' });
  await shell.exec("echo left > a.txt; echo planted > conftest.py");
  const graded = await started.grade(
    "bash /grading/check.sh /workspace/a.txt; ls; echo x > a.txt; echo /grading2 /workspaces",
    {
      files: { "/grading": hidden.path },
      restore: ["conftest.py"],
    },
  );
  expect(graded.stdout).toMatch(/^left\n.*\na\.txt\n\/grading2 \/workspaces\n$/);
  expect((await started.grade("cat a.txt")).stdout).toBe("left\n");
});

test("where a sandbox is required and there is none, the start says how to get one and what gives it up", async () => {
  const path = process.env["PATH"];
  using empty = directoryWith({});
  process.env["PATH"] = join(empty.path, "bin");
  try {
    const failure = await workspace(started.seed, { isolation: "required" })
      .start(daemonContext())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ISOLATION_UNAVAILABLE" });
    expect(String((failure as { hint?: string }).hint)).toMatch(/bubblewrap[\s\S]*--isolation none/);
  } finally {
    process.env["PATH"] = path;
  }
});
