import { readFile, writeFile } from "node:fs/promises";
import { randomToken, SdkError } from "@hud-ts/core/adapter";
import type { Server } from "@hud-ts/core/serve";
import type { ResolvedTarget } from "@hud-ts/runtimes/source";
import { type CliContext, fromCwd } from "../context.ts";
import { stoppedCode } from "../interruption.ts";
import { imposeIsolation, isolationPolicy } from "../isolation.ts";
import { usageError } from "../output/failure.ts";
import { count } from "../output/text.ts";
import { aborted } from "./aborted.ts";

/** Options of `hud serve`. */
export interface ServeCommandOptions {
  readonly target: string;
  readonly port: number;
  readonly host?: string;
  readonly env?: string;
  readonly auth: boolean;
  readonly tokenFile?: string;
  readonly isolation?: string;
}

/** Serves an environment until it is asked to stop: Ctrl-C ends with 0, SIGTERM with 143. */
export async function serveCommand(context: CliContext, options: ServeCommandOptions): Promise<number> {
  const { output, signal } = context;
  const { serve, takeControlToken, writePortFile } = await import("@hud-ts/core/serve");
  const token = await chooseToken(context, options, takeControlToken()); // before any code of the user runs, which must not see it
  if (options.isolation !== undefined) imposeIsolation(isolationPolicy(options.isolation));
  const { environment } = await loadTarget(context, options);
  const { host, port } = options;
  await using server = await serve(environment, {
    port,
    token,
    signal,
    ...(host === undefined ? {} : { host }),
    onWarning: (message) => output.warn(message),
  });
  const file = { port: server.port, url: server.url, token: server.token, pid: process.pid };
  await using _file = await writePortFile(fromCwd(context, ".hud"), file);
  announce(context, environment, server);
  await aborted(signal);
  await server.close();
  output.note("Stopped.");
  return stoppedCode(signal);
}

async function loadTarget(context: CliContext, { target, env }: ServeCommandOptions): Promise<ResolvedTarget> {
  const { resolveTarget } = await import("@hud-ts/runtimes/source");
  const path = fromCwd(context, target);
  return resolveTarget(env === undefined ? path : `${path}:${env}`, { signal: context.signal });
}

/** The token that clients must show: of the file, of the environment, or a fresh one; null for none. */
async function chooseToken(
  context: CliContext,
  options: ServeCommandOptions,
  inherited: string | null | undefined,
): Promise<string | null> {
  if (!options.auth && options.tokenFile !== undefined)
    throw usageError("--no-auth and --token-file exclude each other");
  if (!options.auth) return null;
  if (options.tokenFile !== undefined) return tokenOfFile(fromCwd(context, options.tokenFile));
  return inherited === undefined ? randomToken() : inherited;
}

/** The token in a file; a file that does not exist is written, readable by the user alone. */
async function tokenOfFile(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw usageError(`--token-file: cannot read ${path}: ${error.code}`, { input: path });
    const fresh = randomToken();
    await writeFile(path, `${fresh}\n`, { mode: 0o600, flag: "wx" }).catch(({ code }: NodeJS.ErrnoException) => {
      throw usageError(`--token-file: cannot write ${path}: ${code}`, {
        input: path,
        hint: "Name a file in a directory that exists and is yours.",
      });
    });
    return fresh;
  });
  if (text.trim() !== "") return text.trim();
  throw new SdkError({ code: "INVALID_OPTION", message: `--token-file: ${path} is empty`, details: { input: path } });
}

function announce({ output }: CliContext, environment: ResolvedTarget["environment"], server: Server): void {
  const capabilities = environment.bindings().map(({ name, protocol }) => `${name} (${protocol})`);
  output.note(output.colors.bold("Environment"));
  output.note(`  • ${environment.name}`);
  output.note(`  • serving on ${server.url}${server.token === null ? ", without a token" : ""}`);
  output.note(
    `  • ${count(environment.templates.size, "template")}${capabilities.map((each) => `, ${each}`).join("")}`,
  );
  output.note("  • Ctrl-C stops it");
  output.data(`HUD_SERVE_PORT=${server.port}`);
  output.document({ environment: environment.name, url: server.url, port: server.port, pid: process.pid });
}
