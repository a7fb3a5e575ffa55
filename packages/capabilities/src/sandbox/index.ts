/**
 * Sandboxes: programs that run with their own users, namespaces, views, limits and egress.
 *
 * @module
 */
export type {
  HostedProcess,
  Isolation,
  IsolationPolicy,
  Mount,
  ProcessExit,
  ProcessHost,
  ProcessRequest,
  Sandbox,
  SandboxLimits,
  SandboxOptions,
  SandboxUids,
  TerminalSize,
} from "./contract.ts";
export { probeIsolation } from "./probe-isolation.ts";
export { startSandbox } from "./start-sandbox.ts";
export { sandboxSweeper } from "./sweeper.ts";
export { allocateUids, type UidLease } from "./uids.ts";
