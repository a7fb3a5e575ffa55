import type { StoredTrace } from "@hud-ts/core/results";
import type { ContentBlock, Json, Step, TaskStep, ToolCall } from "@hud-ts/core/spec";
import { type CliContext, fromCwd } from "../context.ts";
import { gradeLines } from "../output/grade-text.ts";
import type { Output } from "../output/output.ts";
import { duration, rewardText } from "../output/text.ts";

/** Shows the turns of one rollout: prompt, what the model said and called, what came back, the grade. */
export async function traceCommand(
  context: CliContext,
  options: { readonly id: string; readonly dir?: string },
): Promise<number> {
  const { readTrace } = await import("@hud-ts/core/results");
  const stored = await readTrace(fromCwd(context, options.dir ?? ".hud"), options.id);
  context.output.data(traceText(stored, context.output));
  context.output.document(stored.trace.steps as unknown as Json);
  return 0;
}

function traceText({ trace, run, jobId }: StoredTrace, output: Output): string {
  const { bold, dim } = output.colors;
  const task = run === null ? "" : ` · ${run.slug} #${run.repeat + 1}`;
  return [
    `${bold(`trace ${trace.traceId}`)} ${dim(`job ${jobId}${task}`)}`,
    ...trace.steps.map((step) => stepText(step, output)),
    endText({ trace, run }, output),
  ].join("\n\n");
}

function endText({ trace, run }: Pick<StoredTrace, "trace" | "run">, { colors: { bold, red } }: Output): string {
  const lines = trace.content === null ? [] : [`${bold("answer")} ${trace.content}`];
  if (run === null) return [...lines, "no result yet"].join("\n");
  const why = trace.stopReason === null ? "" : ` (agent: ${trace.stopReason})`;
  if (run.outcome === "graded") lines.push(`${bold("reward")} ${rewardText(run.reward)}${why}`);
  else lines.push(`${red(run.outcome)} ${run.error.message}${why}`);
  return lines.join("\n");
}

function stepText(step: Step, output: Output): string {
  const { bold, dim, red } = output.colors;
  const took = Date.parse(step.endedAt) - Date.parse(step.startedAt);
  const title = `${bold(`${step.stepId} ${step.source}`)}${took > 0 ? dim(` ${duration(took)}`) : ""}`;
  const lines = [
    title,
    ...step.messages.map(({ role, content }) => `${role}: ${blockText(content)}`),
    ...bodyLines(step, output),
  ];
  if (step.error !== null) lines.push(`${red("✗")} ${step.error}`);
  return lines.map((line, index) => (index === 0 ? line : line.replace(/^/gm, "  "))).join("\n");
}

function bodyLines(step: Step, output: Output): readonly string[] {
  const { dim, red } = output.colors;
  switch (step.source) {
    case "agent":
      return [
        ...(step.reasoning === null ? [] : [dim(step.reasoning)]),
        ...(step.content === null || step.content === "" ? [] : [step.content]),
        ...step.toolCalls.map(callText),
        ...(step.refusal === null ? [] : [`${red("refused:")} ${step.refusal}`]),
      ];
    case "tool": {
      const mark = step.result.isError ? `${red("✗")} ${step.call.name}:` : "←";
      return [`${mark} ${step.result.content.map(blockText).join("\n")}`];
    }
    case "task":
      return taskLines(step, output);
    case "subagent":
      return [`trace ${step.subagent.traceId}: ${step.subagent.steps.length} steps`];
    default:
      return [];
  }
}

function taskLines({ taskCall }: TaskStep, output: Output): readonly string[] {
  const { phase, name, arguments: given, result } = taskCall;
  if (phase === "evaluate") return [`evaluate ${name}`, ...gradeLines(result, output)];
  return [`setup ${name} ${output.colors.dim(JSON.stringify(given))}`]; // the prompt follows, as the user's words
}

function callText(call: ToolCall): string {
  const given = typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments ?? {});
  return `→ ${call.name}(${given})`;
}

function blockText(block: ContentBlock): string {
  return block.type === "text" ? String(block.text) : `[${block.type}]`;
}
