import { errorText, SdkError } from "@hud-ts/core/adapter";
import type { AgentTool } from "../loop/agent-tool.ts";
import { refused } from "./tool-result.ts";

const MOST_LOSSES = 3; // the reference's

/**
 * Lets an agent try again when the connection to its shell breaks, for the client makes a new one. The third loss in a row, over
 * all guarded tools, is thrown: the run ends as the infrastructure's, which is no zero.
 */
export class LossTolerance {
  #losses = 0;

  guard(tool: AgentTool): AgentTool {
    return { ...tool, run: (args, options) => this.#watch(() => tool.run(args, options)) };
  }

  async #watch(call: () => ReturnType<AgentTool["run"]>): ReturnType<AgentTool["run"]> {
    try {
      const result = await call();
      this.#losses = 0;
      return result;
    } catch (error) {
      this.#losses = isLoss(error) ? this.#losses + 1 : 0;
      if (this.#losses === 0 || this.#losses >= MOST_LOSSES) throw error;
      return refused(`${errorText(error)}\nWhether it was carried out is not known. Look, and try again.`);
    }
  }
}

function isLoss(error: unknown): boolean {
  return SdkError.is(error, "CAPABILITY_LOST") || SdkError.is(error, "CAPABILITY_CONNECT_FAILED");
}
