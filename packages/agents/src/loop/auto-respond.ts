import { raceAbort } from "@hud-ts/core/adapter";
import type { ModelV1, Usage } from "@hud-ts/core/spec";
import { turnText } from "./turn-text.ts";

/** The text sent to a model that only asked whether to go on. */
export const CONTINUE = "CONTINUE";

const QUESTION = `An assistant works on a task without anyone watching. You are given its last message.
Reply STOP when the task is finished, when the assistant is stuck, or when it says that the task cannot be done.
Reply CONTINUE when it asks for permission, for a choice, or for a confirmation before it goes on.
Reply with that one word.`;
const MAX_ANSWER_TOKENS = 256;

/** Whether an assistant that stopped should go on, and what it cost to find out. */
export interface Verdict {
  readonly goOn: boolean;
  readonly usage: Usage | null;
}

/** Asks the model what an assistant's last message means. When it cannot be asked, the assistant's word stands: it stopped. */
export async function askWhetherDone(model: ModelV1, message: string, signal: AbortSignal): Promise<Verdict> {
  const request = {
    messages: [
      { role: "system" as const, content: [{ type: "text" as const, text: QUESTION }] },
      { role: "user" as const, content: [{ type: "text" as const, text: `<message>\n${message}\n</message>` }] },
    ],
    maxOutputTokens: MAX_ANSWER_TOKENS,
  };
  try {
    const turn = await raceAbort(model.generate(request, { signal }), signal);
    return { goOn: !(turnText(turn) ?? "").toUpperCase().includes("STOP"), usage: turn.usage };
  } catch {
    signal.throwIfAborted();
    return { goOn: false, usage: null };
  }
}
