import { SdkError } from "@hud-ts/core/adapter";
import type { CliContext } from "../context.ts";

type Prompts = typeof import("@clack/prompts");
type PromptStreams = Pick<import("@clack/prompts").TextOptions, "input" | "output" | "signal">;

/**
 * Asks a question on the terminal, on stderr like everything that is said to a person.
 *
 * @throws ABORTED when the question is left with Escape or Ctrl-C
 */
export async function ask<T>(
  context: CliContext,
  question: (prompts: Prompts, streams: PromptStreams) => Promise<T>,
): Promise<Exclude<T, symbol>> {
  const prompts = await import("@clack/prompts");
  const answer = await question(prompts, {
    input: context.stdin,
    output: context.output.stderr,
    signal: context.signal,
  });
  if (typeof answer !== "symbol") return answer as Exclude<T, symbol>;
  throw new SdkError({ code: "ABORTED", message: "Cancelled." });
}
