import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import { type CliContext, homeDirectory } from "../context.ts";
import { parseDotenv } from "./dotenv.ts";

/** Keys and settings by name: the environment, then `./.env`, then `~/.hud/.env`. */
export interface Keys {
  /** A value that is not empty, or undefined. */
  get(name: string): string | undefined;
  /** What the files add to the environment: what a placed environment is given as well. */
  readonly fromFiles: Readonly<Record<string, string>>;
}

/** Reads the two files; one that does not exist is empty. */
export async function loadKeys(context: CliContext): Promise<Keys> {
  const [project, user] = await Promise.all([
    readPairs(join(context.cwd, ".env")),
    readPairs(join(homeDirectory(context), ".env")),
  ]);
  const files = { ...user, ...project };
  const fromFiles = Object.fromEntries(Object.entries(files).filter(([name]) => !context.env[name]));
  return {
    get: (name) => context.env[name] || files[name] || undefined,
    fromFiles,
  };
}

async function readPairs(path: string): Promise<Record<string, string>> {
  try {
    return parseDotenv(await readFile(path, "utf8"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return {};
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `cannot read ${path}: ${code}`,
      hint: "Make the file readable, or move it away.",
      cause: error,
    });
  }
}
