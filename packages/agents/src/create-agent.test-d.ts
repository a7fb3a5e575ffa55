import type { AgentV1 } from "@hud-ts/core/spec";
import { expectTypeOf } from "vitest";
import { createAgent, openaiCompatible, scripted } from "./index.ts";

expectTypeOf(createAgent("scripted", { answers: ["1", { count: 2 }] })).toEqualTypeOf<AgentV1>();
expectTypeOf(createAgent("nop", {})).toEqualTypeOf<AgentV1>();

// @ts-expect-error an oracle needs solutions
createAgent("oracle", {});
// @ts-expect-error no such agent
createAgent("oracel", {});
// @ts-expect-error a name needs the url of its server
openaiCompatible({ model: "tiny" });
// @ts-expect-error an answer is JSON
scripted(() => new Date());
