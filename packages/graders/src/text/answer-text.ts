import { isAnswer } from "./is-answer.ts";

/**
 * The text that a grader compares: a string is itself; null and undefined are "" (not the word "None");
 * an `Answer` is its content when it is ok and "" when it is not; numbers, booleans, lists and objects are their JSON.
 * Never throws: what JSON cannot write is "".
 */
export function answerText(answer: unknown): string {
  if (typeof answer === "string") return answer;
  if (answer === null || answer === undefined) return "";
  if (isAnswer(answer)) return answer.ok ? answerText(answer.content) : "";
  if (typeof answer === "number" || typeof answer === "bigint") return String(answer);
  try {
    return JSON.stringify(answer) ?? "";
  } catch {
    return ""; // a cycle, a bigint inside, a throwing toJSON: nothing a policy could have meant
  }
}
