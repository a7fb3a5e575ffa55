/**
 * The `hud` command as a function, for scripts and tests that would rather not start a process.
 *
 * @module
 */
export { type EndingSignal, Interruption } from "./interruption.ts";
export type { OutputStream } from "./output/output.ts";
export { type RunCliOptions, runCli } from "./run-cli.ts";
export { cliVersion } from "./version.ts";
