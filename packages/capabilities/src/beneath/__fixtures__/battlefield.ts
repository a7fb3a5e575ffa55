import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exited } from "@hud-ts/core/adapter";

export const SWAPPER = fileURLToPath(new URL("./swapper.mjs", import.meta.url));

/** A tree whose `dir` and `file` are links to `outside` at one moment and harmless at the next. */
export interface Battlefield extends Disposable {
  readonly base: string;
  readonly root: string;
  readonly outside: string;
}

export const PRIVATE = "private content";

/** Lays out a tree to be attacked. */
export function layOut(root: string, outside: string): void {
  mkdirSync(join(root, "dir"), { recursive: true });
  mkdirSync(outside, { recursive: true });
  writeFileSync(join(root, "dir/file"), "public");
  writeFileSync(join(root, "file"), "public");
  writeFileSync(join(outside, "file"), PRIVATE);
  symlinkSync(outside, join(root, "dir-out"));
  symlinkSync(join(outside, "file"), join(root, "file-out"));
}

export function battlefield(): Battlefield {
  const base = mkdtempSync(join(tmpdir(), "race-"));
  const [root, outside] = [join(base, "root"), join(base, "outside")];
  layOut(root, outside);
  return { base, root, outside, [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }) };
}

/** Swaps links in and out until disposed. */
export async function attack(root: string): Promise<AsyncDisposable> {
  const attacker = spawn(process.execPath, [SWAPPER, root], { stdio: ["ignore", "pipe", "inherit"] });
  await once(attacker.stdout, "data");
  return {
    async [Symbol.asyncDispose]() {
      attacker.kill("SIGKILL");
      await exited(attacker);
    },
  };
}

/** Calls `attempt` for a while, until `decided` when given; its failures are what a reader may well end with. */
export async function keepTrying(
  attempt: () => unknown,
  { forMs, decided = () => false }: { readonly forMs: number; readonly decided?: () => boolean },
): Promise<void> {
  for (const end = performance.now() + forMs; performance.now() < end && !decided(); ) {
    try {
      await attempt();
    } catch {
      // Refused, or gone at that moment.
    }
  }
}
