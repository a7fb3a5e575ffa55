import type { AgentTool } from "../loop/agent-tool.ts";
import { pathRegex } from "./glob-pattern.ts";
import { runScript } from "./run-script.ts";
import { beneath, checkRegex, findCommand, grepPaths, listing, MOST_LISTING_BYTES, prefixOf } from "./search.ts";
import { shellPath, shellQuote } from "./shell-quote.ts";
import { ToolArguments } from "./tool-arguments.ts";
import { found } from "./tool-result.ts";
import type { ToolShell } from "./tool-shell.ts";

const MOST_LINES = 200;
const MOST_LINE_CHARS = 500;
const MOST_LINE_BYTES = 4 * MOST_LINE_CHARS; // a character takes up to four

/** Finds lines by a regular expression. */
export function grepTool(shell: ToolShell): AgentTool {
  return {
    name: "grep",
    description:
      "Finds lines that match a POSIX extended regular expression, as path:line:text. Skips binary files, .git and " +
      `node_modules. At most ${MOST_LINES} lines.`,
    parameters: {
      type: "object",
      properties: {
        pattern: { type: "string", description: "Extended regular expression, as grep -E takes it." },
        path: { type: "string", description: "File or directory to search; the workspace when left out." },
        include: {
          type: "string",
          description: "Glob that the files' paths must match, such as *.ts or src/**/*.{js,ts}.",
        },
      },
      required: ["pattern"],
    },
    async run(args, { signal }) {
      const input = new ToolArguments(args);
      const search = {
        pattern: input.word("pattern"),
        path: input.optionalWord("path") ?? ".",
        include: input.optionalWord("include") ?? "**",
      };
      const output = await runScript(shell, grepScript(search), signal);
      return found(report(output, search.path) ?? "No matches found");
    },
  };
}

interface GrepSearch {
  readonly pattern: string;
  readonly path: string;
  readonly include: string;
}

function grepScript({ pattern, path, include }: GrepSearch): string {
  const expression = `-e ${shellQuote(pattern)}`;
  const included = pathRegex(include);
  const bounds = `cut -b 1-${MOST_LINE_BYTES} | head -n ${MOST_LINES + 1} | head -c ${MOST_LISTING_BYTES}`;
  return `
p=${shellPath(path)}
${checkRegex(pattern)}
${checkRegex(included)}
export LC_ALL=C.UTF-8
if [ -d "$p" ]; then
  echo directory
  CDPATH= cd -- "$p" || exit
  ${findCommand("-type f -print0")} 2>/dev/null | ${grepPaths(included, "z")} | LC_ALL=C sort -z |
    xargs -0 grep -nHIE ${expression} -- /dev/null 2>/dev/null | ${bounds}
else
  echo file
  [ -r "$p" ] || { printf 'cannot read %s\\n' "$p" >&2; exit 1; }
  grep -nHIE ${expression} -- "$p" | ${bounds}
fi
:`;
}

function report(output: string, path: string): string | undefined {
  const prefix = output.startsWith("directory\n") ? prefixOf(path) : undefined;
  const show = (line: string) => shortened(prefix === undefined ? line : beneath(prefix, line));
  return listing(output.slice(output.indexOf("\n") + 1), { most: MOST_LINES, show });
}

function shortened(line: string): string {
  if (line.length <= MOST_LINE_CHARS) return line;
  const chars = [...line]; // whole characters
  return chars.length <= MOST_LINE_CHARS ? line : `${chars.slice(0, MOST_LINE_CHARS).join("")}…`;
}
