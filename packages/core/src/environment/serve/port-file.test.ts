import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listPortFiles, readPortFile, writePortFile } from "./port-file.ts";

let hudDir: string;
beforeEach(async () => {
  hudDir = await mkdtemp(join(tmpdir(), "hud-port-file-"));
});
afterEach(async () => {
  await rm(hudDir, { recursive: true });
});

const file = (port: number, token: string | null = "t", pid = process.pid) => ({
  port,
  url: `tcp://127.0.0.1:${port}`,
  token,
  pid,
});

test("a server's file is for its user only, is found by port, and goes with its handle", async () => {
  const handle = await writePortFile(hudDir, file(8765));
  expect(handle.path).toBe(join(hudDir, "serve", "8765.json"));
  expect((await stat(handle.path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(hudDir, "serve"))).mode & 0o777).toBe(0o700);
  expect(await readPortFile(hudDir, 8765)).toEqual(file(8765));
  expect(await readPortFile(hudDir, 8766)).toBeUndefined();
  await handle[Symbol.asyncDispose]();
  await handle[Symbol.asyncDispose]();
  expect(await readdir(join(hudDir, "serve"))).toEqual([]);
});

test("a later server on the port keeps its file when the earlier one goes", async () => {
  const earlier = await writePortFile(hudDir, file(8765, "old"));
  await writePortFile(hudDir, file(8765, "new"));
  await earlier[Symbol.asyncDispose]();
  expect((await readPortFile(hudDir, 8765))?.token).toBe("new");
});

test("a file whose process is gone, and one that is none, are ignored", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.once("exit", resolve));
  await writePortFile(hudDir, file(1, "t", child.pid));
  await writePortFile(hudDir, file(3, null));
  await writePortFile(hudDir, file(2));
  await mkdir(join(hudDir, "serve"), { recursive: true });
  await writeFile(join(hudDir, "serve", "4.json"), "{");
  await writeFile(join(hudDir, "serve", "5.json"), '{"port":5}');
  expect(await listPortFiles(hudDir)).toEqual([file(2), file(3, null)]);
});

test("no directory is no servers", async () => {
  expect(await listPortFiles(join(hudDir, "none"))).toEqual([]);
});
