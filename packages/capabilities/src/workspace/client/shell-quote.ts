import { SdkError } from "@hud-ts/core/adapter";

const PLAIN = /^[\w./:@%+=-]+$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * One word of a POSIX shell that means exactly `text`.
 *
 * @throws INVALID_OPTION when `text` holds a NUL character, which no argument can
 *
 * @example
 * ```ts
 * await shell.exec(`grep -rn ${shellQuote(pattern)} src`);
 * ```
 */
export function shellQuote(text: string): string {
  if (text.includes("\0")) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `a shell word cannot hold a NUL character, got ${JSON.stringify(text.slice(0, 80))}`,
    });
  }
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A path as one word that no program takes for an option, nor `cat` and `cd` for their `-`. */
export function shellPath(path: string): string {
  if (path === "") throw new SdkError({ code: "INVALID_OPTION", message: "a path must not be empty" });
  return shellQuote(path.startsWith("-") ? `./${path}` : path);
}

/** Where and with which variables a command runs. */
export interface CommandPlace {
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/**
 * A command line that runs `command` there. By lines of its own before it, since servers ignore the protocol's requests for
 * variables; a directory that is not there ends it with status 1 and bash's message.
 *
 * @throws INVALID_OPTION for what is no variable name, and for NUL characters
 */
export function commandLine(command: string, { cwd, env = {} }: CommandPlace): string {
  if (command.includes("\0")) {
    throw new SdkError({ code: "INVALID_OPTION", message: "a command cannot hold a NUL character" });
  }
  const lines = Object.entries(env).map(([name, value]) => `export ${variableName(name)}=${shellQuote(value)}`);
  if (cwd !== undefined) lines.unshift(`CDPATH= cd -- ${shellPath(cwd)} || exit 1`);
  return [...lines, command].join("\n");
}

function variableName(name: string): string {
  if (VARIABLE.test(name)) return name;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `a variable's name is letters, digits and underscores, got ${JSON.stringify(name)}`,
  });
}
