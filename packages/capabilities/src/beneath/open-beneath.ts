import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Directory, type RawName, rawName } from "./directory.ts";
import { errnoOf, refusal } from "./refusal.ts";

/** How a file beneath a root is opened. */
export interface OpenBeneathOptions {
  /** Opens it for reading and writing; it must be there. @default false */
  readonly write?: boolean;
}

/** The parts of a path beneath a root: relative, without `..`, at least one. */
export function partsBeneath(relative: string): readonly [...RawName[], RawName] {
  const parts = relative.split("/").filter((part) => part !== "" && part !== ".");
  const last = parts.pop();
  const outside = relative.startsWith("/") || relative.includes("\0") || last === ".." || parts.includes("..");
  if (last === undefined || outside) throw refusal("outside", relative);
  return [...parts.map(rawName), rawName(last)];
}

/** Where a path beneath a root leads: its open directory, which the caller disposes, and the last name. */
function parentBeneath(root: string, relative: string): { directory: Directory; name: RawName } {
  const parts = partsBeneath(relative);
  const name = parts[parts.length - 1] ?? "";
  let directory = Directory.open(root);
  for (const part of parts.slice(0, -1)) {
    using from = directory;
    directory = refusing(relative, () => from.directory(part));
  }
  return { directory, name };
}

/**
 * Opens a regular file beneath a directory that somebody else may be changing at this moment. Every step of the path
 * is opened relative to the one before and no link is followed, so the file lies beneath the root whatever is renamed
 * meanwhile; pipes, sockets and devices are refused without waiting. The caller closes the handle.
 *
 * @throws TOOL_INPUT_INVALID for a path out of the root, a link or no regular file; the system's ENOENT or EACCES
 */
export async function openBeneath(
  root: string,
  relative: string,
  options: OpenBeneathOptions = {},
): Promise<FileHandle> {
  const { directory, name } = parentBeneath(root, relative);
  using from = directory;
  const access = options.write === true ? constants.O_RDWR : constants.O_RDONLY;
  const handle = await open(
    from.at(name),
    access | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY,
  ).catch((error: unknown) => {
    throw explained(error, relative);
  });
  const found = await handle.stat();
  if (found.isFile()) return handle;
  await handle.close();
  throw refusal("not-regular", relative);
}

/** Runs `step`, telling a link or a file in a directory's place apart from the system's other refusals. */
export function refusing<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw explained(error, path);
  }
}

function explained(error: unknown, path: string): unknown {
  switch (errnoOf(error)) {
    case "ELOOP":
      return refusal("symlink", path);
    // A link where a directory is wanted says ENOTDIR as well.
    case "ENOTDIR":
      return refusal("symlink", path, " and a directory in every place but the last");
    case "EISDIR":
    case "ENXIO":
      return refusal("not-regular", path);
    default:
      return error;
  }
}
