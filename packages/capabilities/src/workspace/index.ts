/**
 * A sandboxed shell with files, reached over ssh, and the author's handle on it.
 *
 * @module
 */
export type { IsolationPolicy, Mount } from "../sandbox/contract.ts";
export type { ForwardedPort } from "./openings.ts";
export type { WorkspaceLimits, WorkspaceOptions } from "./options.ts";
export type { WorkspaceSnapshot } from "./snapshot.ts";
export { workspaceSweeper } from "./state/state-home.ts";
export { type ExecOptions, type Workspace, workspace } from "./workspace.ts";
export type { ReadFileOptions, WriteFileOptions } from "./workspace-files.ts";
