/** The parts of core's `Answer` that grading reads. */
export interface AnswerLike {
  readonly ok: boolean;
  readonly content: unknown;
  readonly raw: string;
}

/** Whether a value is what a template with `returns` receives. */
export function isAnswer(value: unknown): value is AnswerLike {
  if (typeof value !== "object" || value === null) return false;
  return (
    "ok" in value &&
    typeof value.ok === "boolean" &&
    "content" in value &&
    "raw" in value &&
    typeof value.raw === "string"
  );
}
