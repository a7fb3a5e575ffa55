import type { JsonObject } from "../util/json-types.ts";

/** What a task asks of its placement. Times are in seconds, memory in mebibytes: the reference's units, kept in files. */
export interface RuntimeConfig {
  /** Container image. Excludes `compose`. */
  readonly image?: string;
  /** Compose project. Excludes `image`. */
  readonly compose?: ComposeConfig;
  readonly resources?: RuntimeResources | null;
  readonly limits?: RuntimeLimits | null;
}

/** A Compose project: both members paths, or both data. */
export interface ComposeConfig {
  readonly document: string | JsonObject;
  readonly root?: string | { readonly composePath: string };
  /** Whether `main` may drive its sibling services. @default false */
  readonly serviceAccess?: boolean;
}

/** Hardware that a placement must give. */
export interface RuntimeResources {
  /** Cores, > 0. */
  readonly cpu?: number;
  readonly memoryMb?: number;
  readonly storageMb?: number;
  readonly gpu?: { readonly type?: string | readonly string[]; readonly count?: number } | null;
  readonly os?: string;
  readonly tpu?: { readonly type: string; readonly topology: string } | null;
}

/** Bounds that a placement enforces. */
export interface RuntimeLimits {
  /** Seconds, integer > 0. */
  readonly startupTimeoutS?: number;
  /** Seconds, integer > 0. */
  readonly runTimeoutS?: number;
}

/** A task: a plain, serialisable row naming an environment, a template of it and its arguments. */
export interface TaskRow {
  /** Environment name, not empty. */
  readonly env: string;
  /** Template id within the environment, not empty. */
  readonly id: string;
  readonly args: JsonObject;
  /** Unique within a taskset. Derived from id and args unless given. */
  readonly slug: string;
  readonly validation?: readonly JsonObject[] | undefined;
  /** The agent's own settings, kept as written (the reference's snake_case keys); `timeout_seconds` bounds the agent. */
  readonly agentConfig?: JsonObject | undefined;
  /** Facets for filtering and reporting. */
  readonly columns?: JsonObject | undefined;
  readonly runtimeConfig?: RuntimeConfig | undefined;
  /** A second, agent-less task whose grade replaces this one's. May not have a verifier of its own. */
  readonly verifier?: TaskRow | undefined;
}
