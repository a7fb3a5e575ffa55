import type { AgentV1 } from "@hud-ts/core/spec";
import { expectTypeOf } from "vitest";
import { openaiCompatible, oracle, scripted } from "./index.ts";

expectTypeOf(scripted(["1", { count: 2 }])).toEqualTypeOf<AgentV1>();

// @ts-expect-error an oracle needs solutions
oracle({});
// @ts-expect-error a name needs the url of its server
openaiCompatible({ model: "tiny" });
// @ts-expect-error an answer is JSON
scripted(() => new Date());
