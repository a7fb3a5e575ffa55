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
