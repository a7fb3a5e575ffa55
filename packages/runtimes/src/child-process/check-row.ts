import { SdkError } from "@hud-ts/core/adapter";
import type { TaskRow } from "@hud-ts/core/spec";

const UNSUPPORTED = ["image", "compose", "resources"] as const;

/** Refuses a row that asks for what a process cannot give. @throws INVALID_OPTION */
export function checkRow({ slug, runtimeConfig }: TaskRow): void {
  const asked = UNSUPPORTED.filter((field) => runtimeConfig?.[field] != null);
  if (asked.length === 0) return;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `task '${slug}' asks for ${asked.join(", ")}, which a child process cannot give`,
    hint: "Run it on a runtime that places containers, or drop these members of its runtimeConfig.",
  });
}
