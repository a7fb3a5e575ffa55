import type { Capability, JsonObject } from "@hud-ts/core/spec";
import { type CliContext, fromCwd } from "../context.ts";
import { usageError } from "../output/failure.ts";
import { drawTable } from "../output/table.ts";
import { count, oneLine } from "../output/text.ts";
import { connectLease, isControlUrl, remoteLease } from "../remote-environment.ts";

interface TemplateInfo {
  readonly id: string;
  readonly description: string;
  readonly args: JsonObject;
  readonly input?: JsonObject | undefined;
  readonly returns?: JsonObject | undefined;
}

interface EnvironmentInfo {
  readonly name: string;
  readonly version: string;
  readonly capabilities: readonly Capability[];
  readonly templates: readonly TemplateInfo[];
}

/** Shows what a source or a served environment declares. */
export async function infoCommand(
  context: CliContext,
  options: { readonly target: string; readonly tokenFile?: string },
): Promise<number> {
  const { target } = options;
  if (!isControlUrl(target) && /^[a-z]+:\/\//.test(target)) {
    throw usageError(`hud info: expected a source, tcp://host:port or unix:///path, got '${target}'`, {
      input: target,
    });
  }
  const info = isControlUrl(target) ? await servedInfo(context, options) : await sourceInfo(context, target);
  for (const environment of info.environments) await showEnvironment(context, environment);
  if (info.taskCount !== undefined) context.output.data(`${count(info.taskCount, "task")}`);
  context.output.document({
    target,
    environments: info.environments.map(environmentDocument),
    ...(info.taskCount === undefined ? {} : { task_count: info.taskCount }),
  });
  return 0;
}

interface Info {
  readonly environments: readonly EnvironmentInfo[];
  /** Rows of a source; a served environment has none. */
  readonly taskCount?: number;
}

async function sourceInfo(context: CliContext, target: string): Promise<Info> {
  const { loadSource } = await import("@hud-ts/runtimes/source");
  const source = await loadSource(fromCwd(context, target), { signal: context.signal });
  return {
    environments: source.environments.map((environment) => ({
      name: environment.name,
      version: environment.version,
      capabilities: environment.bindings(),
      templates: Array.from(environment.templates.values(), ({ id, description, schemas }) => ({
        id,
        description,
        ...schemas,
      })),
    })),
    taskCount: source.tasks.size,
  };
}

async function servedInfo(
  context: CliContext,
  options: { readonly target: string; readonly tokenFile?: string },
): Promise<Info> {
  const { signal } = context;
  const lease = await remoteLease(context, { url: options.target, tokenFile: options.tokenFile });
  await using connection = await connectLease(context, lease);
  const { client } = connection;
  const { env, bindings } = client.manifest;
  return { environments: [{ ...env, capabilities: bindings, templates: await client.listTasks({ signal }) }] };
}

function environmentDocument(environment: EnvironmentInfo): JsonObject {
  return {
    name: environment.name,
    version: environment.version,
    capabilities: environment.capabilities.map(({ name, protocol, url }) => ({ name, protocol, url })),
    templates: environment.templates.map(({ id, description, args, input, returns }) => ({
      id,
      description,
      args,
      ...(input === undefined ? {} : { input }),
      ...(returns === undefined ? {} : { returns }),
    })),
  };
}

async function showEnvironment(context: CliContext, environment: EnvironmentInfo): Promise<void> {
  const { output } = context;
  output.data(`${environment.name} ${environment.version}`);
  const templates = environment.templates.map(({ id, description, args, returns }) => [
    id,
    argumentsText(args),
    returns === undefined ? "text" : typeText(returns),
    oneLine(description, 60),
  ]);
  const columns = ["Template", "Arguments", "Answer", "Description"].map((title) => ({ title }));
  output.data(await drawTable(columns, templates, output));
  if (environment.capabilities.length > 0) {
    const rows = environment.capabilities.map(({ name, protocol, url }) => [name, protocol, url]);
    output.data(
      await drawTable(
        ["Capability", "Protocol", "Address"].map((title) => ({ title })),
        rows,
        output,
      ),
    );
  }
}

function argumentsText(schema: JsonObject): string {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, JsonObject>);
  const required = new Set((schema["required"] ?? []) as readonly string[]);
  return properties.map(([name, type]) => `${name}${required.has(name) ? "" : "?"}: ${typeText(type)}`).join(", ");
}

function typeText(schema: JsonObject): string {
  const { type, enum: values } = schema;
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join("|");
  return typeof type === "string" ? type : "any";
}
