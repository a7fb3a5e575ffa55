import { expectTypeOf } from "vitest";
import { z } from "zod";
import type { AgentRun } from "../spec/agent.ts";
import type { Json } from "../util/json-types.ts";
import type { Answer } from "./answer.ts";
import { Environment } from "./environment.ts";
import type { Task } from "./task.ts";

const env = new Environment({ name: "types" });
const args = z.object({ level: z.number().default(1), word: z.string() });

// Arguments: the schema's input when minting, its output in the code and in the solution.
const typed = env.template({
  id: "typed",
  args,
  returns: z.object({ count: z.coerce.number<string>() }),
  solution: ({ level, word }, run) => {
    expectTypeOf(level).toEqualTypeOf<number>();
    expectTypeOf(word).toEqualTypeOf<string>();
    expectTypeOf(run).toEqualTypeOf<AgentRun>();
    return { count: "3" };
  },
})(async function* ({ level, word }, context) {
  expectTypeOf(level).toEqualTypeOf<number>();
  expectTypeOf(word).toEqualTypeOf<string>();
  expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
  const answer = yield `count ${word}`;
  expectTypeOf(answer).toEqualTypeOf<Answer<{ count: number }>>();
  // @ts-expect-error a malformed answer has no typed content
  void answer.content.count;
  if (answer.ok) expectTypeOf(answer.content).toEqualTypeOf<{ count: number }>();
  yield answer.ok ? 1 : 0;
});

expectTypeOf(typed({ word: "a" })).toEqualTypeOf<Task>();
typed({ word: "a", level: 2 }, { slug: "second", columns: { hard: true } });
// @ts-expect-error word is required
typed({ level: 2 });
// @ts-expect-error word is required
typed();
// @ts-expect-error a name that the schema does not have
typed({ word: "a", other: 1 });
// @ts-expect-error a value of another type
typed({ word: 1 });
// @ts-expect-error no such option
typed({ word: "a" }, { slugs: "x" });

// Without `returns` the answer is text; without `args` there are none; an optional one may be left out.
const plain = env.template({ id: "plain" })(async function* (none) {
  expectTypeOf(none).toEqualTypeOf<Record<never, never>>();
  const answer = yield [{ role: "user", content: [{ type: "text", text: "Go" }] }];
  expectTypeOf(answer).toEqualTypeOf<string>();
  yield { score: 1, note: "extra members are kept" };
});
plain();
plain({}, { slug: "x" });

const optional = env.template({ id: "optional", args: z.object({ level: z.number().default(1) }) })(async function* () {
  yield { prompt: null, bindings: { robot: { token: "t" } } };
  yield { reward: 0.5, done: true, content: null, info: {}, isError: false, subscores: null };
});
optional();
optional({ level: 3 });

// A schema that only validates comes with its JSON Schema.
env.template({
  id: "pair",
  args: { schema: args, jsonSchema: { type: "object" } },
  solution: ({ word }) => {
    expectTypeOf(word).toEqualTypeOf<string>();
    return word satisfies Json;
  },
})(async function* ({ word }) {
  yield word;
  yield true;
})({ word: "x" });

// Misuse is told in a sentence.
// @ts-expect-error args must be a schema of an object
env.template({ id: "scalar", args: z.string() });
// @ts-expect-error args must be Standard Schema and Standard JSON Schema
env.template({ id: "no-schema", args: { level: "number" } });
// @ts-expect-error returns must be Standard Schema and Standard JSON Schema
env.template({ id: "no-schema", returns: "string" });
// @ts-expect-error the solution gives what `returns` accepts
env.template({ id: "wrong-solution", returns: z.object({ count: z.number() }), solution: () => "three" });
// @ts-expect-error a date is neither prompt nor evaluation
env.template({ id: "wrong-yield" })(async function* () {
  yield new Date();
});
// @ts-expect-error the code is an async generator
env.template({ id: "no-generator" })(async () => 1);
