import { SdkError } from "@hud-ts/core/adapter";

/** What of `path` lies beneath `top`: a relative path, or undefined. */
export function beneath(top: string, path: string): string | undefined {
  return path.startsWith(`${top}/`) ? path.slice(top.length + 1) : undefined;
}

/**
 * A path of the workspace, relative to its top.
 *
 * @param path relative, or absolute beneath one of `tops`
 * @throws INVALID_OPTION for a path outside
 */
export function workspacePath(path: string, tops: readonly string[]): string {
  const inside = tops.map((top) => beneath(top, path)).find((rest) => rest !== undefined) ?? path;
  const parts = inside.split("/").filter((part) => part !== "" && part !== ".");
  if (!inside.startsWith("/") && parts.length > 0 && !parts.includes("..") && !inside.includes("\0")) {
    return parts.join("/");
  }
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `workspace: expected a path beneath ${tops[0] ?? "it"}, got ${JSON.stringify(path)}`,
    hint: "Reach other places with exec.",
  });
}
