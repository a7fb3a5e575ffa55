import type { Step, StepInput } from "../spec/step.ts";
import type { Timeline } from "./timeline.ts";

/** Hears of every step as it happens. */
export type StepListener = (step: Step) => void;

const PLAIN_TURN = {
  reasoning: null,
  finishReason: null,
  stopReason: null,
  refusal: null,
  citations: [],
  raw: null,
  model: null,
  usage: null,
  sample: null,
} as const;

/** Numbers and stamps steps, and tells the listener. */
export class TraceRecorder {
  readonly steps: Step[] = [];
  readonly #timeline: Timeline;
  readonly #listener: StepListener | undefined;

  constructor(timeline: Timeline, listener?: StepListener) {
    this.#timeline = timeline;
    this.#listener = listener;
  }

  record(input: StepInput): Step {
    const endedAt = this.#timeline.stamp();
    // Stamps of an agent may come from another clock; a step that starts after its end helps nobody.
    const startedAt = input.startedAt !== undefined && input.startedAt < endedAt ? input.startedAt : endedAt;
    const step = {
      ...(input.source === "agent" ? wholeTurn(input) : input),
      stepId: this.steps.length + 1,
      messages: input.messages ?? [],
      error: input.error ?? null,
      startedAt,
      endedAt,
      extra: input.extra ?? {},
    } as Step;
    this.steps.push(step);
    this.#listener?.(step);
    return step;
  }
}

function wholeTurn(input: Extract<StepInput, { source: "agent" }>) {
  const { toolCalls = [] } = input;
  return { ...PLAIN_TURN, toolCalls, done: toolCalls.length === 0, ...input };
}
