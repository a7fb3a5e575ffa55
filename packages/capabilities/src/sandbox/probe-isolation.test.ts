import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { testSandbox } from "./__fixtures__/sandbox-root.ts";
import { probeIsolation } from "./probe-isolation.ts";

afterEach(() => vi.unstubAllEnvs());

test("finds separate users where there is root", async () => {
  expect(await probeIsolation()).toEqual({ kind: "separate-users", weaker: [] });
});

test("says how to get what is not installed, how to do without, and how to run in a container", async () => {
  vi.stubEnv("PATH", "/nonexistent");
  const error = await probeIsolation().catch((reason) => reason);
  expect(error.code).toBe("ISOLATION_UNAVAILABLE");
  expect(error.message).toContain("bwrap");
  expect(error.hint).toContain("apt-get install bubblewrap");
  expect(error.hint).toContain("--isolation none");
  expect(error.hint).toContain("from a container");
  expect(await probeIsolation("auto")).toMatchObject({
    kind: "none",
    weaker: [expect.stringContaining("bwrap"), expect.anything(), expect.anything(), expect.anything()],
  });
  await expect(testSandbox()).rejects.toMatchObject({ code: "ISOLATION_UNAVAILABLE" });
  await using host = await testSandbox({ isolation: "auto" });
  expect(host.sandbox.isolation.kind).toBe("none");
});

test("says how to allow what is installed and refused, with bwrap's own words", async () => {
  const directory = await mkdtemp(join(tmpdir(), "hud-bwrap-"));
  try {
    await chmod(directory, 0o755);
    const script = "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n";
    await writeFile(join(directory, "bwrap"), script, { mode: 0o755 });
    vi.stubEnv("PATH", `${directory}:${process.env["PATH"]}`);
    const error = await probeIsolation().catch((reason) => reason);
    expect(error.message).toContain("setting up uid map: Permission denied");
    for (const words of [
      "kernel.unprivileged_userns_clone",
      "apparmor",
      "systempaths=unconfined",
      "--isolation none",
    ]) {
      expect(error.hint).toContain(words);
    }
    expect(error.hint.split("\n").length).toBeLessThan(20);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
