import type { AgentTool } from "../loop/agent-tool.ts";
import { globSearch } from "./glob-pattern.ts";
import { runScript } from "./run-script.ts";
import { beneath, checkRegex, findCommand, grepPaths, listing, MOST_LISTING_BYTES, prefixOf } from "./search.ts";
import { shellPath } from "./shell-quote.ts";
import { ToolArguments } from "./tool-arguments.ts";
import { found } from "./tool-result.ts";
import type { ToolShell } from "./tool-shell.ts";

const MOST_MATCHES = 500;

/** Finds files and directories by name. */
export function globTool(shell: ToolShell): AgentTool {
  return {
    name: "glob",
    description:
      "Finds files and directories by a pattern such as **/*.ts or src/{a,b}/*.js. Without a slash it matches names at any " +
      `depth. Skips .git and node_modules. At most ${MOST_MATCHES} matches, sorted.`,
    parameters: {
      type: "object",
      properties: {
        pattern: { type: "string", description: "Glob: * and ? within a name, ** through directories, [a-z], {a,b}." },
        path: { type: "string", description: "Directory to search; the workspace when left out." },
      },
      required: ["pattern"],
    },
    async run(args, { signal }) {
      const input = new ToolArguments(args);
      const { base, regex } = globSearch(input.word("pattern"), input.optionalWord("path") ?? ".");
      const bounds = `head -n ${MOST_MATCHES + 1} | head -c ${MOST_LISTING_BYTES}`;
      const search = `${findCommand("-print")} 2>/dev/null | ${grepPaths(regex, "")} | LC_ALL=C sort | ${bounds}`;
      const script = `${checkRegex(regex)}\nCDPATH= cd -- ${shellPath(base)} || exit\n${search}\n:`;
      const show = (path: string) => beneath(prefixOf(base), path);
      return found(listing(await runScript(shell, script, signal), { most: MOST_MATCHES, show }) ?? "No files found");
    },
  };
}
