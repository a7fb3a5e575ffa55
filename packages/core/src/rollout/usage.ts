import type { Step } from "../spec/step.ts";
import type { Usage } from "../spec/usage.ts";

const NO_USAGE: Usage = { promptTokens: null, completionTokens: null, cachedTokens: null, costUsd: null };

const add = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b);

/** The sum; a member that nobody reported stays null rather than zero. */
export function sumUsage(usages: Iterable<Usage>): Usage {
  let sum = NO_USAGE;
  for (const usage of usages) {
    sum = {
      promptTokens: add(sum.promptTokens, usage.promptTokens),
      completionTokens: add(sum.completionTokens, usage.completionTokens),
      cachedTokens: add(sum.cachedTokens, usage.cachedTokens),
      costUsd: add(sum.costUsd, usage.costUsd),
    };
  }
  return sum;
}

/** What the model turns of a trace consumed, subagents included. */
export function usageOfSteps(steps: readonly Step[]): Usage {
  const usages = steps.map((step) => {
    if (step.source === "agent") return step.usage ?? NO_USAGE;
    return step.source === "subagent" ? usageOfSteps(step.subagent.steps) : NO_USAGE;
  });
  return sumUsage(usages);
}
