import { SdkError } from "@hud-ts/core/adapter";

/** Why something beneath a root was not opened. */
export type RefusalReason = "outside" | "symlink" | "not-regular" | "too-large";

const TEXTS: Readonly<Record<RefusalReason, string>> = {
  outside: "expected a path beneath the root, without '..' and not absolute",
  symlink: "expected no symbolic link on the way",
  "not-regular": "expected a regular file",
  "too-large": "the file is larger than the limit",
};

const HINTS: Readonly<Record<RefusalReason, string>> = {
  outside: "Name the file relative to the directory it lies in.",
  symlink: "Read it by a command inside the sandbox, where links lead nowhere else.",
  "not-regular": "Directories, pipes, sockets and devices are neither read nor written as files.",
  "too-large": "Raise maxBytes, or read a part of it by a command inside the sandbox.",
};

/** The error for a path that is not opened; whoever wrote the tree is to blame for what stands there. */
export function refusal(reason: RefusalReason, path: string, detail = ""): SdkError {
  return new SdkError({
    code: "TOOL_INPUT_INVALID",
    message: `${JSON.stringify(path)}: ${TEXTS[reason]}${detail}`,
    hint: HINTS[reason],
    details: { reason, path },
  });
}

/** The code of a failed system call, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
