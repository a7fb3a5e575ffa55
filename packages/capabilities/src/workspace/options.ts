import { isAbsolute, normalize } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import type { IsolationPolicy, Mount, SandboxLimits } from "../sandbox/contract.ts";

/** Bounds of a workspace. */
export interface WorkspaceLimits extends SandboxLimits {
  /**
   * Bytes of the workspace, all files together and the seed's included, where this machine can bound them: as root, with loop devices.
   * An agent that reaches it is graded on what it could write. @default none
   */
  readonly diskBytes?: number;
}

/** How a workspace is made. */
export interface WorkspaceOptions {
  /** Name of the capability, unique within the environment. @default "shell" */
  readonly name?: string;
  /** The user that clients log in as. @default "agent" */
  readonly user?: string;
  /** What to do where this machine has no sandbox. @default the environment variable `HUD_ISOLATION`, else "required" */
  readonly isolation?: IsolationPolicy;
  /** The exact environment of every program inside, beside PATH, HOME and LANG: nothing of the server's own is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** Bounds on processes, memory and files. */
  readonly limits?: WorkspaceLimits;
  /** Hosts that may be reached over HTTP and HTTPS, with their subdomains; `*` is any. @default none: no way out */
  readonly allowedHosts?: readonly string[];
  /** Address ranges in CIDR form at which allowed hosts may stand although they are not public. @default none */
  readonly allowedAddresses?: readonly string[];
  /** Further paths of this machine that are seen inside. */
  readonly mounts?: readonly Mount[];
  /** Where the workspace is seen inside: absolute. Without a sandbox it is seen where it lies. @default "/workspace" */
  readonly guestPath?: string;
  /**
   * All tasks of the environment share one workspace, at the same time, as in the Python implementation: nothing is put back
   * between them, and a grade looks at a copy made while others may be writing. @default false
   */
  readonly shared?: boolean;
}

/** {@link WorkspaceOptions}, checked and complete. */
export interface ResolvedWorkspaceOptions
  extends Required<Pick<WorkspaceOptions, "name" | "user" | "env" | "limits" | "mounts" | "guestPath" | "shared">> {
  readonly allowedHosts: readonly string[];
  readonly allowedAddresses: readonly string[];
  /** Undefined: the environment variable decides, when the workspace starts. */
  readonly isolation: IsolationPolicy | undefined;
}

const POLICIES: readonly string[] = ["required", "auto", "none"] satisfies IsolationPolicy[];
// Less has no room for a file system's own tables.
const MIN_DISK_BYTES = 8 * 1024 * 1024;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** @throws INVALID_OPTION */
export function resolveWorkspaceOptions(options: WorkspaceOptions): ResolvedWorkspaceOptions {
  const { name = "shell", user = "agent", guestPath = "/workspace", env = {} } = options;
  if (name.trim() === "") throw invalid("name must not be empty");
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(user))
    throw invalid(`user must be a user name such as agent, got ${JSON.stringify(user)}`);
  if (!isAbsolute(guestPath) || normalize(guestPath) !== guestPath || guestPath === "/" || guestPath.endsWith("/")) {
    throw invalid(`guestPath must be an absolute path such as /workspace, got ${JSON.stringify(guestPath)}`);
  }
  for (const [key, value] of Object.entries(env)) {
    if (!ENV_NAME.test(key) || typeof value !== "string" || value.includes("\0")) {
      throw invalid(`env must map names to strings, got ${JSON.stringify(key)}: ${typeof value}`);
    }
  }
  const { diskBytes = MIN_DISK_BYTES } = options.limits ?? {};
  if (!Number.isSafeInteger(diskBytes) || diskBytes < MIN_DISK_BYTES) {
    throw invalid(`limits.diskBytes must be a whole number of at least ${MIN_DISK_BYTES}, got ${String(diskBytes)}`);
  }
  if (options.isolation !== undefined) checkedPolicy(options.isolation, "isolation");
  return {
    name,
    user,
    guestPath,
    env,
    limits: options.limits ?? {},
    mounts: options.mounts ?? [],
    allowedHosts: options.allowedHosts ?? [],
    allowedAddresses: options.allowedAddresses ?? [],
    shared: options.shared ?? false,
    isolation: options.isolation,
  };
}

/** What to do without a sandbox: the author's word, the runner's (`HUD_ISOLATION`), or that it is required. */
export function isolationPolicy(given: IsolationPolicy | undefined): IsolationPolicy {
  return given ?? checkedPolicy(process.env["HUD_ISOLATION"] ?? "required", "HUD_ISOLATION");
}

function checkedPolicy(policy: string, source: string): IsolationPolicy {
  if (POLICIES.includes(policy)) return policy as IsolationPolicy;
  throw invalid(`${source} must be one of ${POLICIES.join(", ")}, got ${JSON.stringify(policy)}`);
}

function invalid(problem: string): SdkError {
  return new SdkError({ code: "INVALID_OPTION", message: `workspace: ${problem}` });
}
