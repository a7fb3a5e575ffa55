import type { SkipReason } from "./copy-report.ts";
import { errnoOf } from "./refusal.ts";

/** A source entry that could not be read; the copy goes on without it. */
export class SourceFailure extends Error {
  readonly reason: SkipReason;

  constructor(cause: unknown) {
    super("source entry not readable", { cause });
    const code = errnoOf(cause);
    this.reason = code === "EACCES" || code === "EPERM" || code === "EIO" ? "unreadable" : "changed";
  }
}

/** Runs a step that reads the source. */
export function reading<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new SourceFailure(error);
  }
}
