import { SdkError } from "@hud-ts/core/adapter";
import { chatCompletions } from "@hud-ts/core/models";
import type { ModelV1 } from "@hud-ts/core/spec";

const OPENAI = "https://api.openai.com/v1";

/**
 * The judge that the environment variables name: `HUD_JUDGE_MODEL` at `OPENAI_BASE_URL` (OpenAI's own when unset) with
 * `OPENAI_API_KEY`, which only a base url of one's own can do without.
 *
 * @throws CREDENTIAL_MISSING
 */
export function defaultJudgeModel(env: Readonly<Record<string, string | undefined>> = process.env): ModelV1 {
  const { HUD_JUDGE_MODEL: model, OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey } = env;
  if (!model) throw missing("HUD_JUDGE_MODEL is not set");
  if (!baseUrl && !apiKey) throw missing("neither OPENAI_API_KEY nor OPENAI_BASE_URL is set");
  return chatCompletions({ model, baseUrl: baseUrl || OPENAI, ...(apiKey ? { apiKey } : {}) });
}

function missing(problem: string): SdkError {
  return new SdkError({
    code: "CREDENTIAL_MISSING",
    // The remedy is part of the message: only that reaches whoever drives the environment.
    message: `llmJudge has no model: ${problem}; set HUD_JUDGE_MODEL and OPENAI_API_KEY (or OPENAI_BASE_URL), or pass \`model\``,
  });
}
