import { SdkError } from "@hud-ts/core/adapter";
import type { AgentV1 } from "@hud-ts/core/spec";
import { nearestNames } from "./nearest-names.ts";
import { type OpenaiCompatibleOptions, openaiCompatible } from "./openai-compatible/openai-compatible.ts";
import { nop } from "./scripted/nop.ts";
import { type OracleOptions, oracle } from "./scripted/oracle.ts";
import { type ScriptedAnswers, scripted } from "./scripted/scripted.ts";

/** What each agent of {@link createAgent} is made with. */
export interface AgentOptionsByName {
  readonly oracle: OracleOptions;
  readonly nop: Record<never, never>;
  readonly scripted: { readonly answers: ScriptedAnswers };
  readonly "openai-compatible": OpenaiCompatibleOptions;
  /** The reference's spelling. */
  readonly openai_compatible: OpenaiCompatibleOptions;
}

/** A name that {@link createAgent} knows. */
export type AgentName = keyof AgentOptionsByName;

const FACTORIES: { readonly [TName in AgentName]: (options: AgentOptionsByName[TName]) => AgentV1 } = {
  oracle,
  nop,
  scripted: ({ answers }) => scripted(answers),
  "openai-compatible": openaiCompatible,
  openai_compatible: openaiCompatible,
};

/** The names of {@link createAgent}, other spellings left out. */
export const AGENT_NAMES: readonly AgentName[] = ["oracle", "nop", "scripted", "openai-compatible"];

/**
 * Makes an agent by name.
 *
 * @throws INVALID_OPTION for an unknown name, suggesting the nearest ones, or for options that the agent cannot use
 * @example
 * const agent = createAgent("openai-compatible", { model: "qwen3", baseUrl: "http://127.0.0.1:8000/v1" });
 */
export function createAgent<TName extends AgentName>(name: TName, options: AgentOptionsByName[TName]): AgentV1 {
  if (Object.hasOwn(FACTORIES, name)) return FACTORIES[name](options);
  const near = nearestNames(name, AGENT_NAMES);
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `expected an agent's name (${AGENT_NAMES.join(", ")}), got ${JSON.stringify(name)}`,
    hint: near.length === 0 ? undefined : `Did you mean ${near.join(" or ")}?`,
  });
}
