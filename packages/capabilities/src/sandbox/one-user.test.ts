import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CHECKOUT = fileURLToPath(new URL("../../../../", import.meta.url));
const PACKAGE = "packages/capabilities";
const UID = 61_234; // nobody's

test("makes a weaker sandbox without root, and says what is weaker", async () => {
  const directory = await mkdtemp(join(tmpdir(), "hud-one-user-"));
  try {
    await chmod(directory, 0o777);
    const id = String(UID);
    // The checkout may lie where only its owner may go: the stranger sees it bound to a place of their own.
    const seen = join(directory, "checkout");
    const paths = ["src/sandbox/__fixtures__/one-user.mjs", "dist/sandbox.js"].map((path) => join(seen, PACKAGE, path));
    const bind = `mkdir -m 755 ${seen} && mount --bind ${CHECKOUT} ${seen}`;
    const become = `exec setpriv --reuid ${id} --regid ${id} --clear-groups -- "$@"`;
    const args = ["-m", "bash", "-c", `${bind} && ${become}`, "bash", process.execPath, ...paths, directory];
    const child = spawn("unshare", args, { stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    expect(stderr).toBe("");
    const { isolation, users, shadow, network, killed, lost } = JSON.parse(stdout);
    expect(isolation.kind).toBe("one-user");
    expect(isolation.weaker.join("\n")).toMatch(/supervisor.*\n.*[Gg]raders/);
    expect(users).toBe("1000 1000\n");
    expect(shadow).toContain("No such file");
    expect(network).toBe("lo\n");
    expect(killed).toBe(true);
    expect(lost).toBe("CAPABILITY_LOST");
  } finally {
    await rm(directory, { recursive: true, force: true });
    await rm(`/var/tmp/hud-${UID}`, { recursive: true, force: true });
  }
});
