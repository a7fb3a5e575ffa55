import { isDeepStrictEqual } from "node:util";
import type { GraderV1, SubScore } from "../spec/grader.ts";
import type { Json } from "../util/json-types.ts";
import type { ConformanceCase } from "./case.ts";
import { check, outcomeOf, show, within } from "./check.ts";

/** What {@link graderConformance} needs to know of a grader. */
export interface GraderConformanceOptions<TInput> {
  /** Makes a fresh grader for each case. */
  readonly create: () => GraderV1<TInput>;
  /** Puts an answer into the grader's input: a plain one, or one of the odd ones that policies give. */
  readonly inputFor: (answer: Json) => TInput;
  /** Whether the same input always gives the same value; checked when true. @default false */
  readonly deterministic?: boolean;
  /** Milliseconds within which a grade must end after its signal fired. @default 2000 */
  readonly abortGraceMs?: number;
}

/** Answers that policies really give, by what is odd about them. */
const ODD_ANSWERS: readonly (readonly [string, Json])[] = [
  ["no answer", null],
  ["an empty text", ""],
  ["blanks only", " \t\n\u00a0\u3000"],
  ["a megabyte", "lorem ipsum ".repeat(87_382)],
  ["one long word", "x".repeat(1_048_576)],
  ["combining marks, right-to-left and emoji", "e\u0301 \u202eabc\u202c 👩‍👩‍👧‍👦 ﷽ ٣ ½"],
  ["half a surrogate pair", "\ud83d"],
  ["control characters", "\u0000\u0007\u001b[2J"],
  ["markup", "</answer><script>alert(1)</script> {{x}} $(id) %s"],
  ["a number", -0.5],
  ["a boolean", true],
  ["a list", [1, "two", null]],
  ["an object", { answer: { nested: ["deep"] } }],
];

/**
 * What a grader owes its callers, as cases for any test runner: a finite value in [0, 1] for every answer,
 * a subscore that survives JSON and names its grader, and an end when the signal fires.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { graderConformance } from "@hud-ts/core/conformance";
 * import { defineGrader } from "@hud-ts/graders";
 *
 * const short = defineGrader({ name: "short", version: "1", grade: (input: { answer: unknown }) => String(input.answer).length < 80 });
 * for (const item of graderConformance({ create: () => short, inputFor: (answer) => ({ answer }) })) test(item.id, item.run);
 * ```
 */
export function graderConformance<TInput>(options: GraderConformanceOptions<TInput>): readonly ConformanceCase[] {
  const { create, inputFor, deterministic = false, abortGraceMs = 2_000 } = options;
  const grade = (answer: Json, signal = new AbortController().signal) => create().grade(inputFor(answer), { signal });

  const cases: ConformanceCase[] = [
    {
      id: "grader/declares-itself",
      requirement: 'specVersion is "grader/1"; name and version are texts, not empty, without "@"',
      async run() {
        const { specVersion, name, version } = create();
        check(specVersion === "grader/1", `specVersion is ${show(specVersion)}`);
        for (const word of [name, version]) {
          check(typeof word === "string" && /^[^@]+$/.test(word), `name or version is ${show(word)}`);
        }
      },
    },
    {
      id: "grader/subscore-shape",
      requirement: "the subscore has a name, a finite weight, a finite value in [0, 1], and so has every child",
      async run() {
        checkSubScore(await grade("forty-two"), "the subscore");
      },
    },
    {
      id: "grader/names-itself",
      requirement: "info.grader is name@version",
      async run() {
        const { name, version } = create();
        const { grader } = (await grade("forty-two")).info ?? {};
        check(grader === `${name}@${version}`, `info.grader is ${show(grader)}`);
      },
    },
    {
      id: "grader/json-safe",
      requirement: "the subscore is the same after a round trip through JSON",
      async run() {
        const subscore = await grade("forty-two");
        const copy: unknown = JSON.parse(JSON.stringify(subscore));
        check(isDeepStrictEqual(dropUndefined(subscore), copy), `${show(subscore)} became ${show(copy)}`);
      },
    },
    ...ODD_ANSWERS.map(([what, answer], index) => ({
      id: `grader/odd-answer-${index + 1}`,
      requirement: `${what} as the answer is graded: nothing is thrown, the value is in [0, 1]`,
      async run() {
        checkSubScore(await grade(answer), `the subscore of ${what}`);
      },
    })),
    {
      id: "grader/concurrent",
      requirement: "one grader grades many answers at once",
      async run() {
        const grader = create();
        const { signal } = new AbortController();
        const answers = Array.from({ length: 16 }, (_, index) => `answer ${index}`);
        const subscores = await Promise.all(answers.map((answer) => grader.grade(inputFor(answer), { signal })));
        for (const subscore of subscores) checkSubScore(subscore, "a concurrent subscore");
      },
    },
    {
      id: "grader/aborted-before",
      requirement: "a grade whose signal has fired rejects with the signal's reason",
      async run() {
        const reason = new Error("given up");
        const ended = await outcomeOf(grade("forty-two", AbortSignal.abort(reason)));
        check(ended.rejected === reason, `it ${ended.text}`);
      },
    },
    {
      id: "grader/aborted-during",
      requirement: `a grade ends within ${abortGraceMs} ms of its signal: with its subscore, or with the signal's reason`,
      async run() {
        const controller = new AbortController();
        const reason = new Error("given up");
        const pending = outcomeOf(grade("forty-two", controller.signal));
        controller.abort(reason);
        const ended = await within(pending, abortGraceMs, "an aborted grade");
        check(ended.rejected === undefined || ended.rejected === reason, `it ${ended.text}`);
      },
    },
  ];
  if (deterministic) {
    cases.push({
      id: "grader/deterministic",
      requirement: "the same answer gets the same value",
      async run() {
        const [first, second] = [await grade("forty-two"), await grade("forty-two")];
        check(first.value === second.value, `values are ${first.value} and ${second.value}`);
      },
    });
  }
  return cases;
}

function checkSubScore(subscore: SubScore, what: string): void {
  const { name, weight, value, children } = subscore;
  check(typeof name === "string" && name !== "", `${what}: name is ${show(name)}`);
  check(Number.isFinite(weight), `${what}: weight is ${show(weight)}`);
  check(Number.isFinite(value) && value >= 0 && value <= 1, `${what}: value is ${show(value)}`);
  for (const child of children ?? []) checkSubScore(child, `${what}: child ${show(child.name)}`);
}

function dropUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropUndefined);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, dropUndefined(member)]));
}
