import { delay, SdkError } from "@hud-ts/core/adapter";
import type { CommandResult, CommandTarget } from "@hud-ts/core/spec";
import { defineGrader } from "../define-grader.ts";

/** A stand-in for a sandbox: keeps the order of what was done to it; `exit 3` exits so, `hang` waits for its signal. */
export class FakeSandbox {
  readonly events: string[] = [];
  #frozen = false;
  readonly live = this.#target("live");
  readonly snapshot = this.#target("snapshot");

  #target(phase: CommandTarget["phase"]): CommandTarget {
    return {
      specVersion: "command-target/1",
      phase,
      freeze: async () => {
        await delay(1);
        this.events.push("freeze");
        this.#frozen = true;
      },
      run: async ({ command }, { signal }) => {
        if (phase === "live" && this.#frozen) {
          throw new SdkError({ code: "GRADE_INVALID", message: "a live command after the snapshot" });
        }
        this.events.push(`${phase} ${command} begins`);
        try {
          await delay(command === "hang" ? 60_000 : 5, signal);
        } finally {
          this.events.push(`${phase} ${command} ends`);
        }
        return resultOf(command);
      },
    };
  }
}

function resultOf(command: string): CommandResult {
  const exitCode = Number(/^exit (\d+)$/.exec(command)?.[1] ?? 0);
  return { exitCode, stdout: "", stderr: "", timedOut: false, droppedBytes: 0 };
}

/** A grader of a command in a target: as good as its exit code is 0. */
export const command = defineGrader({
  name: "command",
  version: "1",
  target: (input: { readonly command: string; readonly in: CommandTarget }) => input.in,
  async grade(input, options) {
    const { exitCode } = await input.in.run({ command: input.command }, options);
    return { value: exitCode === 0, info: { exitCode } };
  },
});
