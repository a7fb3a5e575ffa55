import type { Client } from "@hud-ts/core/client";
import type { JsonObject, RuntimeV1, TaskRow } from "@hud-ts/core/spec";
import { type CliContext, fromCwd } from "../../context.ts";
import { usageError } from "../../output/failure.ts";
import { connectLease, isControlUrl, remoteRuntime } from "../../remote-environment.ts";
import { loadKeys } from "../../settings/keys.ts";
import { loadTasks } from "../eval/load-tasks.ts";
import { choosePlacement } from "../eval/placement.ts";
import { oneTask } from "../eval/select-tasks.ts";

/** Options that say which task is meant and where it runs. */
export interface TaskOptions {
  readonly task: string;
  readonly source?: string;
  readonly args?: string;
  readonly url?: string;
  readonly tokenFile?: string;
}

/** A task and a connection to where it runs; disposing closes both. */
export interface PlacedTask extends AsyncDisposable {
  readonly id: string;
  readonly args: JsonObject;
  readonly client: Client;
}

/** Places a task: over `--url` when given, else in a process that serves its source. With `park` it outlives the command. */
export async function placeTask(
  context: CliContext,
  options: TaskOptions & { readonly park?: boolean },
): Promise<PlacedTask> {
  const { signal } = context;
  const args = parseArgs(options.args);
  const { row, runtime } = await rowAndRuntime(context, options, args ?? {});
  const lease = await runtime.acquire(row, { signal });
  const connection = await connectLease(context, lease, { park: options.park === true });
  return {
    id: row.id,
    args: args ?? row.args,
    client: connection.client,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

async function rowAndRuntime(
  context: CliContext,
  options: TaskOptions,
  args: JsonObject,
): Promise<{ readonly row: TaskRow; readonly runtime: RuntimeV1 }> {
  const { url } = options;
  if (url !== undefined && !isControlUrl(url)) {
    throw usageError(`--url: expected tcp://host:port or unix://path, got '${url}'`, { input: url });
  }
  if (url !== undefined && options.source === undefined) {
    const row: TaskRow = { env: "remote", id: options.task, args, slug: options.task };
    return { row, runtime: await remoteRuntime(context, { url, tokenFile: options.tokenFile }) };
  }
  const source = await loadTasks(fromCwd(context, options.source ?? "."), { signal: context.signal });
  const row = oneTask([...source.tasks], options.task);
  const placement = await choosePlacement(context, {
    runtime: url ?? "process",
    source: source.environments,
    keys: await loadKeys(context),
    isolation: "auto", // a person drives it, not a model
    rollouts: 0,
    spare: undefined,
    tokenFile: options.tokenFile,
  });
  return { row, runtime: placement.runtime };
}

/** `--args` as an object; given, even `{}`, it replaces the task's own arguments. */
function parseArgs(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // reported below, like JSON that is no object
  }
  throw usageError(`--args: expected a JSON object, got '${text}'`, { input: text });
}
