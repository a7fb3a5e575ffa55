import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { generateOpenSshKey } from "./openssh-key.ts";

const run = promisify(execFile);

test("ssh-keygen reads the private key and derives the same public one", async () => {
  const directory = await mkdtemp(join(tmpdir(), "ssh-key-"));
  try {
    const { privateKey, publicKey } = generateOpenSshKey("a comment");
    const path = join(directory, "key");
    await writeFile(path, privateKey, { mode: 0o600 });
    const { stdout } = await run("ssh-keygen", ["-y", "-f", path]);
    expect(stdout.trim()).toBe(publicKey);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("ssh2 reads each of many: none is malformed by a leading zero", () => {
  for (let i = 0; i < 300; i++) {
    const { privateKey, publicKey } = generateOpenSshKey("x".repeat(i % 9));
    const parsed = ssh2.utils.parseKey(privateKey);
    if (parsed instanceof Error) throw parsed;
    const signature = parsed.sign("text");
    const verifier = ssh2.utils.parseKey(publicKey);
    if (verifier instanceof Error) throw verifier;
    expect(verifier.verify("text", signature)).toBe(true);
  }
});
