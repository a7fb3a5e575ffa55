import { stat } from "node:fs/promises";
import { isAbsolute, normalize } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import { type DirectorySource, type SeedContext, sourcePath } from "./seed-directory.ts";

/** A file or directory that a command is shown. */
export interface ShownFile {
  readonly source: string;
  /** Absolute path inside. */
  readonly target: string;
  readonly kind: "directory" | "file";
}

/**
 * What a grader's command is to be shown, found on this machine.
 *
 * @throws INVALID_OPTION for a target that is no absolute path, or a source that is not there
 */
export async function gradingFiles(
  files: Readonly<Record<string, DirectorySource>>,
  context: SeedContext,
): Promise<readonly ShownFile[]> {
  return await Promise.all(
    Object.entries(files).map(async ([target, from]) => {
      const source = sourcePath(from, context).replace(/(?<=.)\/+$/, "");
      return { source, target: checkedTarget(target), kind: await kindOf(source, target) };
    }),
  );
}

function checkedTarget(target: string): string {
  if (isAbsolute(target) && normalize(target) === target && !target.endsWith("/")) return target;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `files: expected an absolute path inside, such as /grading, got ${JSON.stringify(target)}`,
  });
}

async function kindOf(source: string, target: string): Promise<ShownFile["kind"]> {
  const found = await stat(source).catch(() => undefined);
  if (found?.isDirectory() === true) return "directory";
  if (found?.isFile() === true) return "file";
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `files: ${source}, to be seen at ${target}, is ${found === undefined ? "not there" : "neither a file nor a directory"}`,
  });
}
