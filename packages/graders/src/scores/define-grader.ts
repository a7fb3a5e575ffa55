import { SdkError } from "@hud-ts/core/adapter";
import type { CommandTarget, GraderV1, JsonObject, LazySubScore, SubScore } from "@hud-ts/core/spec";
import { lazySubScore } from "./lazy-sub-score.ts";
import { checkWeight, subScore } from "./sub-score.ts";

/** What a grader's function may give: a value in [0, 1], a verdict, or a value with facts and parts. */
export type Judgement =
  | number
  | boolean
  | { readonly value: number | boolean; readonly info?: JsonObject; readonly children?: readonly SubScore[] };

/** A grader, declared. */
export interface GraderDefinition<TInput> {
  /** Not empty, without `@`. */
  readonly name: string;
  /** Changed whenever the same input may get another value. Not empty, without `@`. */
  readonly version: string;
  /** Judges one input. Pass the signal to whatever waits. */
  grade(input: TInput, options: { readonly signal: AbortSignal }): Judgement | Promise<Judgement>;
  /** The sandbox whose state it looks at, so that `combine` can order the work. Without it the work runs at once. */
  target?(input: TInput): CommandTarget;
}

/** How one use of a grader appears in the grade. */
export interface GradeOptions {
  /** @default the grader's name */
  readonly name?: string | undefined;
  /** Share of the whole; negative makes it a penalty. @default 1 */
  readonly weight?: number | undefined;
  /** Ends the work; `combine` ends it too when another part fails. */
  readonly signal?: AbortSignal | undefined;
}

/** A grader that is also the function which authors call inside `combine`. */
export type Grader<TInput> = GraderV1<TInput> & ((input: TInput, options?: GradeOptions) => LazySubScore);

/**
 * Makes a grader of a function. Its subscores carry `info.grader`, `name@version`.
 *
 * @throws INVALID_OPTION when the name or version is empty or contains `@`
 *
 * @example
 * ```ts
 * import { answerText, combine, defineGrader } from "@hud-ts/graders";
 *
 * const short = defineGrader({
 *   name: "short",
 *   version: "1",
 *   grade: ({ answer, most }: { answer: unknown; most: number }) => answerText(answer).length <= most,
 * });
 *
 * const grade = await combine(short({ answer: "42", most: 10 }, { weight: 0.5 }));
 * ```
 */
export function defineGrader<TInput>(definition: GraderDefinition<TInput>): Grader<TInput> {
  const { name, version } = definition;
  checkWord("name", name);
  checkWord("version", version);

  const judge = async (input: TInput, options: GradeOptions & { readonly signal: AbortSignal }) => {
    options.signal.throwIfAborted();
    const judgement = await definition.grade(input, { signal: options.signal });
    const parts = typeof judgement === "object" && judgement !== null ? judgement : { value: judgement };
    const info = { ...parts.info, grader: `${name}@${version}` };
    return subScore({ ...parts, name: options.name ?? name, weight: options.weight, info });
  };
  const use = (input: TInput, options: GradeOptions = {}) => {
    checkWeight(options.name ?? name, options.weight ?? 1);
    const target = definition.target?.(input);
    return lazySubScore({
      phase: target?.phase ?? "any",
      freeze: target === undefined ? undefined : freezerOf(target),
      run: ({ signal }) => judge(input, { ...options, signal: anySignal(signal, options.signal) }),
    });
  };
  return withContract(use, {
    specVersion: "grader/1",
    name,
    version,
    grade: (input, { signal }) => judge(input, { signal }),
  });
}

// Assignment cannot set a function's own `name`.
function withContract<TInput, TUse extends object>(use: TUse, contract: GraderV1<TInput>): TUse & GraderV1<TInput> {
  const members = Object.entries(contract).map(([key, value]) => [key, { value, enumerable: true }]);
  return Object.defineProperties(use, Object.fromEntries(members)) as TUse & GraderV1<TInput>;
}

const freezers = new WeakMap<CommandTarget, NonNullable<LazySubScore["freeze"]>>();

// One function per target: by it combine knows that two graders look at the same sandbox.
function freezerOf(target: CommandTarget): LazySubScore["freeze"] {
  const known = freezers.get(target);
  if (known !== undefined || target.freeze === undefined) return known;
  const freeze = async (options: { readonly signal: AbortSignal }) => target.freeze?.(options);
  freezers.set(target, freeze);
  return freeze;
}

function anySignal(first: AbortSignal, second: AbortSignal | undefined): AbortSignal {
  return second === undefined ? first : AbortSignal.any([first, second]);
}

function checkWord(what: string, word: string): void {
  if (typeof word === "string" && /^[^@]+$/.test(word)) return;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `defineGrader: ${what} must be a text without "@", got ${JSON.stringify(word)}`,
  });
}
