import type { AgentTool } from "../loop/agent-tool.ts";
import { ToolArguments } from "./tool-arguments.ts";
import { found } from "./tool-result.ts";
import type { ToolShell } from "./tool-shell.ts";

/** Writes whole files. */
export function writeTool(shell: ToolShell): AgentTool {
  return {
    name: "write",
    description: "Writes a file, replacing what was there. Directories above it are made.",
    parameters: {
      type: "object",
      properties: {
        content: { type: "string", description: "The whole content." },
        filePath: { type: "string", description: "Path of the file." },
      },
      required: ["content", "filePath"],
    },
    async run(args, { signal }) {
      const input = new ToolArguments(args);
      const path = input.word("filePath");
      const bytes = Buffer.from(input.text("content"), "utf8");
      await shell.writeFile(path, bytes, { parents: true, signal });
      return found(`wrote ${bytes.byteLength} bytes to ${path}`);
    },
  };
}
