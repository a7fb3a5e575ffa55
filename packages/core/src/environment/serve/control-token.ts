import { SdkError } from "../../errors/sdk-error.ts";

/**
 * Takes the control token out of the environment variables, so that no code loaded later, and no program it starts, finds it there:
 * call it before anything else runs.
 *
 * @param env changed: loses `HUD_CONTROL_TOKEN` and `HUD_CONTROL_AUTH`; @default process.env
 * @returns the token; null when `HUD_CONTROL_AUTH=none` asks for a server without one; undefined when neither is set
 * @throws INVALID_OPTION for another `HUD_CONTROL_AUTH`, and for `none` beside a token
 */
export function takeControlToken(env: NodeJS.ProcessEnv = process.env): string | null | undefined {
  const { HUD_CONTROL_TOKEN: token, HUD_CONTROL_AUTH: auth } = env;
  delete env["HUD_CONTROL_TOKEN"];
  delete env["HUD_CONTROL_AUTH"];
  const hasToken = token !== undefined && token !== "";
  if (auth === undefined || auth === "") return hasToken ? token : undefined;
  if (auth === "token") return hasToken ? token : undefined;
  if (auth !== "none") throw invalid(`HUD_CONTROL_AUTH is '${auth}', expected 'none' or 'token'`);
  if (hasToken) throw invalid("HUD_CONTROL_AUTH=none contradicts HUD_CONTROL_TOKEN, expected one of them");
  return null;
}

function invalid(message: string): SdkError {
  return new SdkError({ code: "INVALID_OPTION", message });
}
