import { type Command, CommanderError } from "commander";
import type { CliContext } from "./context.ts";
import { reportFailure, usageError } from "./output/failure.ts";
import { Output, type OutputStream } from "./output/output.ts";
import { buildProgram } from "./program.ts";
import { cliVersion } from "./version.ts";

/** Where a command runs; what is left out is this process's own. */
export interface RunCliOptions {
  readonly stdout?: OutputStream;
  readonly stderr?: OutputStream;
  readonly stdin?: CliContext["stdin"];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Relative paths resolve against it. */
  readonly cwd?: string;
  /** Stops the command; abort it with an `Interruption` to choose between the exit codes 130 and 143. */
  readonly signal?: AbortSignal;
}

/**
 * Runs one `hud` command line and gives its exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted, 143 terminated.
 * Never throws and never ends the process; what went wrong is on `stderr`, and on `stdout` as a document with `--json`.
 *
 * @param argv the words after `hud`
 * @example
 * const code = await runCli(["eval", "tasks.ts", "oracle", "--json"], { cwd: "/path/to/project" });
 */
export async function runCli(argv: readonly string[], options: RunCliOptions = {}): Promise<number> {
  const words = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  const context = createContext(words, options);
  let exitCode = 0;
  const program = buildProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === "commander.version") context.output.document({ name: "hud", version: cliVersion() });
      if (error.code === "commander.helpDisplayed" || error.code === "commander.version") return 0;
      if (error.code === "commander.help") return 2; // a command that needs a subcommand; its help is out already
    }
    return reportFailure(fromCommander(error, commandOf(program, words)), {
      output: context.output,
      signal: context.signal,
      verbose: words.includes("--verbose"),
    });
  }
}

function createContext(words: readonly string[], options: RunCliOptions): CliContext {
  const env = options.env ?? process.env;
  const stdin = options.stdin ?? process.stdin;
  const stderr = options.stderr ?? process.stderr;
  const json = words.includes("--json");
  return {
    cwd: options.cwd ?? process.cwd(),
    env,
    stdin,
    output: new Output({
      stdout: options.stdout ?? process.stdout,
      stderr,
      json,
      quiet: words.includes("--quiet") || words.includes("-q"),
      colors: stderr.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb",
    }),
    signal: options.signal ?? new AbortController().signal,
    interactive: stdin.isTTY === true && stderr.isTTY === true && !json,
  };
}

/** The command that the words name, as a person would write it: `hud task start`. */
function commandOf(program: Command, words: readonly string[]): string {
  const [word = "", ...rest] = words;
  const command = program.commands.find((each) => each.name() === word);
  return command === undefined ? program.name() : `${program.name()} ${commandOf(command, rest)}`;
}

function fromCommander(error: unknown, command: string): unknown {
  if (!(error instanceof CommanderError)) return error;
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  return usageError(message, {
    hint: suggestion?.replace(/^\(Did you mean (.*)\?\)$/, "Did you mean '$1'?") ?? `See \`${command} --help\`.`,
  });
}
