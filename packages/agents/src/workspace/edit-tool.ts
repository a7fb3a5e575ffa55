import type { ToolResult } from "@hud-ts/core/spec";
import type { AgentTool } from "../loop/agent-tool.ts";
import { countOccurrences, replaceBytes } from "./replace-bytes.ts";
import { ToolArguments } from "./tool-arguments.ts";
import { found, refused } from "./tool-result.ts";
import type { ToolShell } from "./tool-shell.ts";

const MOST_BYTES = 8 * 1024 * 1024;

/** Replaces text in files; works on bytes, so that what is not UTF-8 around it stays as it is. */
export function editTool(shell: ToolShell): AgentTool {
  return {
    name: "edit",
    description:
      "Replaces a text in a file. It must be there exactly once, blanks and line ends included, unless replaceAll is set. " +
      "An empty oldString makes a new file.",
    parameters: {
      type: "object",
      properties: {
        filePath: { type: "string", description: "Path of the file." },
        oldString: { type: "string", description: "The text to replace." },
        newString: { type: "string", description: "What to put in its place." },
        replaceAll: { type: "boolean", description: "Replace every occurrence; false when left out." },
      },
      required: ["filePath", "oldString", "newString"],
    },
    async run(args, { signal }) {
      const input = new ToolArguments(args);
      const edit = {
        path: input.word("filePath"),
        before: Buffer.from(input.text("oldString"), "utf8"),
        after: Buffer.from(input.text("newString"), "utf8"),
        all: input.flag("replaceAll"),
        signal,
      };
      if (edit.before.equals(edit.after)) return refused("oldString and newString are identical");
      return edit.before.byteLength === 0 ? await create(shell, edit) : await replace(shell, edit);
    },
  };
}

interface Edit {
  readonly path: string;
  readonly before: Buffer;
  readonly after: Buffer;
  readonly all: boolean;
  readonly signal: AbortSignal;
}

async function create(shell: ToolShell, { path, after, signal }: Edit): Promise<ToolResult> {
  if (await shell.exists(path, { signal })) {
    return refused(`oldString is empty, but ${path} exists; say what to replace, or use write`);
  }
  await shell.writeFile(path, after, { parents: true, signal });
  return found(`wrote ${after.byteLength} bytes to ${path}`);
}

async function replace(shell: ToolShell, { path, before, after, all, signal }: Edit): Promise<ToolResult> {
  const bytes = await shell.readFile(path, { maxBytes: MOST_BYTES, signal });
  const count = countOccurrences(bytes, before);
  if (count === 0) return refused(`oldString not found in ${path}`);
  if (count > 1 && !all) return refused(`oldString matches ${count} times in ${path}; set replaceAll to true`);
  await shell.writeFile(path, replaceBytes(bytes, before, after), { signal });
  return found(`replaced ${count} occurrence${count === 1 ? "" : "s"} in ${path}`);
}
