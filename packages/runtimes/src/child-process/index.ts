/**
 * Places each rollout's environment in a process of its own on this machine.
 *
 * @module
 */
export { type ChildProcessOptions, childProcess } from "./child-process.ts";
