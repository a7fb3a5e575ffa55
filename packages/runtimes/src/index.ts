/**
 * Places environments: in child processes of this machine, or at the address where one is served; and loads their sources.
 *
 * @module
 */
export { type ChildProcessOptions, childProcess } from "./child-process/index.ts";
export { type RemoteOptions, remote } from "./remote/index.ts";
export {
  type LoadedSource,
  type LoadSourceOptions,
  loadSource,
  type ResolvedTarget,
  resolveTarget,
} from "./source/index.ts";
