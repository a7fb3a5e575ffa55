import { chown, stat } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { acquire, errorText, Scope, SdkError } from "@hud-ts/core/adapter";
import { namespaceArguments, viewArguments } from "./bwrap-arguments.ts";
import { createControlGroup } from "./cgroup.ts";
import type { Isolation, Sandbox, SandboxOptions, SandboxUids } from "./contract.ts";
import { PROXY_PORT } from "./egress/proxy-environment.ts";
import { startEgress } from "./egress/start-egress.ts";
import { GUEST, guestFiles } from "./guest.ts";
import { hostProcesses } from "./host-processes.ts";
import { installNode, installSupervisor } from "./installed-files.ts";
import { launch } from "./launch.ts";
import { resolveLimits } from "./limits.ts";
import { isolationMeans, probeIsolation } from "./probe-isolation.ts";
import { mayPass } from "./reachable.ts";
import { reachableMounts } from "./reachable-mounts.ts";
import { SupervisedSandbox } from "./supervised-sandbox.ts";
import { allocateUids } from "./uids.ts";

/**
 * Starts a sandbox: own users, processes, network, mounts and limits, in which programs come and go until it is disposed.
 * With the policy `auto` it is this very machine where a sandbox cannot be made, with `none` always.
 *
 * @throws ISOLATION_UNAVAILABLE where it is required and cannot be made; INVALID_OPTION; RUNTIME_START_FAILED
 */
export async function startSandbox(
  options: SandboxOptions,
  { signal }: { readonly signal: AbortSignal },
): Promise<Sandbox> {
  const isolation = await probeIsolation(options.isolation);
  if (isolation.kind === "none") return await hostProcesses(options, isolation);
  return await acquire(() => startIsolated(options, signal), signal);
}

async function startIsolated(options: SandboxOptions, signal: AbortSignal): Promise<Sandbox> {
  const means = await isolationMeans();
  const limits = resolveLimits(options.limits);
  const guestPath = options.guestPath ?? GUEST.defaultPath;
  const resources = new Scope();
  try {
    const uids = means.kind === "one-user" ? undefined : (options.uids ?? (await ownUsers(options.root, resources)));
    await requireRoot(options.root, uids);
    const group = await createControlGroup(limits);
    if (group !== undefined) resources.use(group);
    const [supervisor, node] = await Promise.all([installSupervisor(), installNode()]);
    const mounts = await reachableMounts(options.mounts ?? [], { uids, resources });
    const egress = resources.use(startEgress(options));
    const launched = await launch({
      tools: means.tools,
      uids,
      limits,
      guestPath,
      namespaces: namespaceArguments(),
      files: guestFiles(guestPath),
      view: (files) =>
        viewArguments({ root: options.root, guestPath, mounts, limits, supervisor, node, files, proc: means.proc }),
      confine: async (pid) => group?.join(pid),
      signal,
    });
    const sandbox = new SupervisedSandbox({
      launched,
      isolation: { kind: means.kind, weaker: [...means.weaker, ...weakerLimits(limits.memoryBytes, group)] },
      guestPath,
      env: { PATH: programPath(node.inUsr), LANG: "C.UTF-8", ...egress.env, ...options.env },
      resources,
    });
    try {
      await sandbox.ready;
      if (egress.open) await sandbox.listenInside(PROXY_PORT, (connection) => egress.accept(connection));
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
    return sandbox;
  } catch (error) {
    await resources.close();
    throw signal.aborted ? signal.reason : startFailure(error);
  }
}

/** Users for this sandbox alone; its directory becomes theirs. */
async function ownUsers(root: string, resources: Scope): Promise<SandboxUids> {
  const { uids } = resources.use(await allocateUids());
  await chown(root, uids.agent, uids.agent);
  return uids;
}

async function requireRoot(root: string, uids: SandboxUids | undefined): Promise<void> {
  const stats = await stat(root).catch(() => undefined);
  if (!isAbsolute(root) || stats?.isDirectory() !== true) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `root must be the absolute path of a directory, got ${root}`,
    });
  }
  if (uids === undefined || (await mayPass(dirname(root), { uid: uids.supervisor, gid: uids.supervisor }))) return;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `root must lie where the sandbox's own user may pass, got ${root}`,
    hint: "Put it below directories that are open to all: mode 0711 is enough.",
  });
}

function programPath(nodeInUsr: boolean): string {
  const system = "/usr/local/bin:/usr/bin:/bin";
  return nodeInUsr ? system : `${GUEST.node}/bin:${system}`;
}

function weakerLimits(
  memoryBytes: number | undefined,
  group: { readonly enforcesMemory: boolean } | undefined,
): Isolation["weaker"] {
  if (memoryBytes === undefined || group?.enforcesMemory === true) return [];
  return ["The memory limit is not enforced: control groups may not be written here."];
}

function startFailure(cause: unknown): SdkError {
  if (SdkError.is(cause) && cause.code !== "CAPABILITY_LOST") return cause;
  const message = `the sandbox did not start: ${errorText(cause)}`;
  return new SdkError({ code: "RUNTIME_START_FAILED", message, cause });
}
