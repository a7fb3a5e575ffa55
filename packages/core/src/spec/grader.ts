import type { JsonObject } from "../util/json-types.ts";

/** One part of a grade. */
export interface SubScore {
  readonly name: string;
  /** Share of the whole; negative is a penalty. @default 1 */
  readonly weight: number;
  /** In [0, 1]. */
  readonly value: number;
  readonly children: readonly SubScore[] | null;
  /** Facts about the judgement; `grader` is `name@version` of what made it. */
  readonly info: JsonObject | null;
}

/** A subscore that is computed once, when it is first asked for, so that `combine` can order the work. Awaiting it freezes first where needed. */
export interface LazySubScore extends PromiseLike<SubScore> {
  /** When the work runs: beside the live sandbox, after the freeze, or whenever. */
  readonly phase: "live" | "snapshot" | "any";
  /** Freezes the target; called once per distinct function before any `snapshot` work, so parts that share a target share it. */
  readonly freeze?: ((options: { readonly signal: AbortSignal }) => Promise<void>) | undefined;
  /** Lazy subscores this one is made of. They are ordered one by one; its own work runs when they are done. */
  readonly parts?: readonly LazySubScore[] | undefined;
  /** Does the work without freezing, once: every later call gives the first one's promise. */
  run(options: { readonly signal: AbortSignal }): Promise<SubScore>;
}

/** What a task's second yield may be in full; a bare number is the short form. */
export interface EvaluationResult {
  /** Finite. */
  readonly reward: number;
  readonly done: boolean;
  readonly content: string | null;
  readonly info: JsonObject;
  readonly isError: boolean;
  readonly subscores: readonly SubScore[] | null;
}

/** A grader: a named, versioned function from an input to a subscore. `name@version` lands in the trace. */
export interface GraderV1<TInput> {
  readonly specVersion: "grader/1";
  readonly name: string;
  readonly version: string;
  grade(input: TInput, options: { readonly signal: AbortSignal }): Promise<SubScore>;
}
