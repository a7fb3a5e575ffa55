import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CliContext, homeDirectory } from "../context.ts";
import { usageError } from "../output/failure.ts";
import { setDotenvKey } from "../settings/dotenv.ts";
import { splitPair } from "../settings/pairs.ts";

/** Keeps keys in `~/.hud/.env`, readable by the user alone; the other lines of the file stay as they are. */
export async function setCommand(context: CliContext, options: { readonly pairs: readonly string[] }): Promise<number> {
  const pairs = options.pairs.map(parsePair);
  const directory = homeDirectory(context);
  const path = join(directory, ".env");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const before = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const after = pairs.reduce((text, [key, value]) => setDotenvKey(text, key, value), before);
  await replaceFile(path, after);
  const keys = pairs.map(([key]) => key);
  context.output.note(`Kept ${keys.join(", ")} in ${path}.`);
  context.output.document({ path, keys });
  return 0;
}

function parsePair(text: string): readonly [string, string] {
  const [key, value] = splitPair(text, "hud set");
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) {
    throw usageError(`hud set: '${key}' is no name of an environment variable`, {
      input: key,
      hint: "Letters, digits and underscores, not beginning with a digit.",
    });
  }
  return [key, value];
}

// Written beside and moved over: a crash leaves the old keys or the new ones, and no other user can read them meanwhile.
async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, text, { mode: 0o600 });
  await chmod(beside, 0o600);
  await rename(beside, path);
}
