import type { CliContext } from "../../context.ts";
import { ask } from "../../output/ask.ts";
import { usageError } from "../../output/failure.ts";
import { AGENT_NAMES, agentKind } from "./agents.ts";

/** Asks which agent to run; where nobody can be asked, one has to be named. */
export async function chooseAgent(context: CliContext): Promise<string> {
  if (!context.interactive) {
    throw usageError("no agent named", { hint: `Name one: ${AGENT_NAMES.join(", ")}. \`hud eval tasks.ts oracle\`` });
  }
  return ask(context, (prompts, streams) =>
    prompts.select({
      message: "Agent",
      options: AGENT_NAMES.map((name) => ({ value: name, label: name, hint: agentKind(name).description })),
      ...streams,
    }),
  );
}

/** Asks before a model is run, which may cost money; without a terminal nobody is asked. */
export async function confirmModelRun(context: CliContext, rollouts: number): Promise<boolean> {
  if (!context.interactive || context.output.quiet) return true;
  return ask(context, (prompts, streams) =>
    prompts.confirm({
      message: `Run ${rollouts} rollout${rollouts === 1 ? "" : "s"}?`,
      initialValue: true,
      ...streams,
    }),
  );
}
