import { readFile } from "node:fs/promises";
import type { Solution } from "@hud-ts/core";
import { errorText, SdkError } from "@hud-ts/core/adapter";
import type { AgentV1, Json, JsonObject, TaskRow } from "@hud-ts/core/spec";
import { type CliContext, fromCwd } from "../../context.ts";
import { usageError } from "../../output/failure.ts";
import { CONFIG_FILE } from "../../settings/config-file.ts";
import { withKeys } from "../../settings/key-names.ts";
import type { Keys } from "../../settings/keys.ts";
import { nameHint } from "../../settings/nearest.ts";
import type { OptionTable } from "./agent-options.ts";

/** What an agent is made of. */
interface AgentInputs {
  /** From `--config` and the file, checked against the agent's table; `${NAME}` stands for a key. */
  readonly options: JsonObject;
  readonly model: string | undefined;
  readonly baseUrl: string | undefined;
  readonly keys: Keys;
  readonly solutionFor: (row: TaskRow) => Solution | undefined;
}

/** An agent that the command line can run. */
export interface AgentKind {
  readonly description: string;
  /** Whether it asks a model, which may cost money. */
  readonly usesModel: boolean;
  readonly options: OptionTable;
  create(inputs: AgentInputs, context: CliContext): Promise<AgentV1>;
}

const AGENTS: Readonly<Record<string, AgentKind>> = {
  oracle: {
    description: "runs the author's reference solutions",
    usesModel: false,
    options: {},
    create: async ({ solutionFor }) => (await import("@hud-ts/agents")).oracle({ solutionFor }),
  },
  nop: {
    description: "does nothing and answers nothing",
    usesModel: false,
    options: {},
    create: async () => (await import("@hud-ts/agents")).nop(),
  },
  scripted: {
    description: "gives prepared answers, or runs prepared commands first",
    usesModel: false,
    options: { answer: "text", answers: "text", commands: "list" },
    create: createScripted,
  },
  "openai-compatible": {
    description: "asks a model behind any chat completions endpoint",
    usesModel: true,
    options: {
      maxSteps: "number",
      systemPrompt: "text",
      temperature: "number",
      topP: "number",
      seed: "number",
      maxOutputTokens: "number",
      autoRespond: "switch",
      stopOn: "list",
      toolTimeoutMs: "number",
      maxToolOutputChars: "number",
      requestTimeoutMs: "number",
      maxRetries: "number",
      completionKwargs: "object",
    },
    create: createOpenaiCompatible,
  },
};

/** The agents' names, as the command line takes them. */
export const AGENT_NAMES: readonly string[] = Object.keys(AGENTS);

/** The agent of a name; underscores, the reference's spelling, are taken too. */
export function agentKind(name: string): AgentKind & { readonly name: string } {
  const own = name.replaceAll("_", "-");
  const kind = Object.hasOwn(AGENTS, own) ? AGENTS[own] : undefined;
  if (kind !== undefined) return { ...kind, name: own };
  throw usageError(`unknown agent '${name}'`, { input: name, hint: nameHint(own, AGENT_NAMES) });
}

async function createScripted({ options: written, keys }: AgentInputs, context: CliContext): Promise<AgentV1> {
  const { scripted } = await import("@hud-ts/agents");
  const options = filledIn(written, keys);
  const answer = await preparedAnswer(options, context);
  const commands = options["commands"];
  if (commands !== undefined) return scripted({ commands: commandTexts(commands), answer });
  if (answer !== undefined) return scripted(answer);
  throw usageError("scripted: an answer is needed, a file of answers by slug, or commands for a shell", {
    hint: `Give --config answer=42, --config answers=answers.json, or --config 'commands=["npm test"]'.`,
  });
}

async function preparedAnswer({ answer, answers }: JsonObject, context: CliContext) {
  if (typeof answers !== "string") return typeof answer === "string" ? answer : undefined;
  if (answer === undefined) return await readAnswers(fromCwd(context, answers));
  throw usageError("scripted: one answer for all and a file of answers exclude each other", {
    hint: "Leave out --config answer=…, or --config answers=….",
  });
}

function commandTexts(commands: Json): readonly string[] {
  const texts = Array.isArray(commands) ? commands.filter((command: Json) => typeof command === "string") : [];
  if (Array.isArray(commands) && texts.length === commands.length) return texts;
  throw usageError(`scripted: commands must be texts, got ${JSON.stringify(commands)}`, { input: "commands" });
}

async function readAnswers(path: string): Promise<readonly Json[] | Readonly<Record<string, Json>>> {
  let answers: Json;
  try {
    answers = JSON.parse(await readFile(path, "utf8")) as Json;
  } catch (error) {
    throw usageError(`scripted: cannot read ${path}: ${errorText(error)}`, { input: path });
  }
  if (typeof answers === "object" && answers !== null) return answers as readonly Json[] | Record<string, Json>;
  throw usageError(`scripted: ${path} must hold a JSON object from slug to answer, or a list`, { input: path });
}

async function createOpenaiCompatible({ options: written, model, baseUrl, keys }: AgentInputs): Promise<AgentV1> {
  const { openaiCompatible } = await import("@hud-ts/agents");
  const url = baseUrl ?? keys.get("OPENAI_BASE_URL");
  const apiKey = keys.get("OPENAI_API_KEY");
  if (model === undefined) {
    throw usageError("openai-compatible: a model is needed", { hint: "Give --model." });
  }
  if (url === undefined) {
    throw usageError("openai-compatible: a base url is needed", {
      hint: "Give --base-url http://127.0.0.1:8000/v1, or set OPENAI_BASE_URL.",
    });
  }
  if (apiKey === undefined && !isLocal(url)) {
    throw new SdkError({
      code: "CREDENTIAL_MISSING",
      message: `openai-compatible: no OPENAI_API_KEY for ${url.split("?", 1)[0]}`,
      hint: "Run `hud set OPENAI_API_KEY=…`, or export it.",
    });
  }
  const agent = openaiCompatible({ ...endpointOptions(filledIn(written, keys)), model, baseUrl: url, apiKey });
  return { ...agent, config: { ...agent.config, ...endpointOptions(written) } }; // a job records it
}

/** `completionKwargs` is the reference's name for what goes into every request. */
function endpointOptions({ completionKwargs, ...own }: JsonObject): JsonObject & { readonly extra?: JsonObject } {
  return completionKwargs === undefined ? own : { ...own, extra: completionKwargs as JsonObject };
}

function filledIn(options: JsonObject, keys: Keys): JsonObject {
  return withKeys(options, keys, CONFIG_FILE) as JsonObject;
}

// A server on this machine or its network seldom asks for a key; one on the internet always does.
function isLocal(url: string): boolean {
  try {
    const { hostname, protocol } = new URL(url);
    return (
      protocol === "http:" || hostname === "localhost" || hostname.endsWith(".local") || hostname.startsWith("127.")
    );
  } catch {
    return true; // what is no url is refused by the agent itself
  }
}
