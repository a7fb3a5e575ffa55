import { createHash } from "node:crypto";
import { SdkError } from "@hud-ts/core/adapter";
import type { AgentRun, Capability, ModelTool } from "@hud-ts/core/spec";
import type { AgentTool, ToolProvider } from "./agent-tool.ts";

/** The tools of one run, by the names that the model knows. */
export type ToolSet = ReadonlyMap<string, AgentTool>;

/** Where tools come from. */
export interface ToolSources {
  readonly tools: readonly AgentTool[];
  readonly providers: readonly ToolProvider[];
}

/** Opens what the providers can drive, in the order of the manifest, and names every tool for the model. */
export async function openToolSet(run: AgentRun, sources: ToolSources): Promise<ToolSet> {
  const tools = [...sources.tools];
  const driven = new Set<ToolProvider>();
  for (const capability of run.capabilities) {
    const provider = sources.providers.find(({ protocol }) => drives(protocol, capability));
    if (provider === undefined || (driven.has(provider) && provider.many !== true)) continue;
    driven.add(provider);
    tools.push(...(await provider.tools(run, capability)));
  }
  return nameTools(tools);
}

/** @throws INVALID_OPTION when two tools would have one name */
export function nameTools(tools: readonly AgentTool[]): ToolSet {
  const named = new Map<string, AgentTool>();
  for (const tool of tools) {
    const name = modelToolName(tool.name);
    const other = named.get(name);
    if (other !== undefined) {
      throw new SdkError({
        code: "INVALID_OPTION",
        message: `expected tools of different names, got ${JSON.stringify(other.name)} and ${JSON.stringify(tool.name)}`,
        hint: "Rename one of them.",
      });
    }
    named.set(name, tool);
  }
  return named;
}

/** The tools as a request carries them. */
export function modelTools(tools: ToolSet): readonly ModelTool[] {
  return [...tools].map(([name, { description, parameters }]) => ({ name, description, parameters }));
}

const LONGEST_NAME = 64;

/** A name that every provider takes; a rewritten one ends in a hash of the original, so that two never become one. */
export function modelToolName(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_-]+/g, "_").replace(/^_+|_+$/g, "") || "tool";
  if (clean === name && name.length <= LONGEST_NAME) return name;
  const suffix = `_${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
  return clean.slice(0, LONGEST_NAME - suffix.length) + suffix;
}

function drives(protocol: string, capability: Capability): boolean {
  return capability.protocol === protocol || capability.protocol.split("/")[0] === protocol;
}
