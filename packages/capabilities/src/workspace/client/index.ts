/**
 * Drives a workspace's shell: commands, programs and files over ssh.
 *
 * @module
 */
export type { TerminalSize } from "../../sandbox/contract.ts";
export type {
  DirectoryEntry,
  ExecOptions,
  FileKind,
  FileOptions,
  FileStat,
  ReadFileOptions,
  RemoveOptions,
  Shell,
  ShellProcess,
  SpawnOptions,
  WriteFileOptions,
} from "./shell.ts";
export { shellQuote } from "./shell-quote.ts";
export { ssh } from "./ssh.ts";
