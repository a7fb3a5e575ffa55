import type { ToolResult } from "@hud-ts/core/spec";
import type { AgentTool } from "../loop/agent-tool.ts";
import { imageType } from "./image-type.ts";
import { type FileWindow, openPath } from "./open-path.ts";
import { ToolArguments } from "./tool-arguments.ts";
import { found, refused, shown } from "./tool-result.ts";
import type { ToolShell } from "./tool-shell.ts";
import { directoryFooter, fileFooter, type Window, windowLines } from "./window.ts";

const DEFAULT_LINES = 2_000;
const MOST_IMAGE_BYTES = 5_000_000; // more is refused by providers

/** Shows files, images and directories, fetching no more than what is shown. */
export function readTool(shell: ToolShell): AgentTool {
  return {
    name: "read",
    description:
      "Shows a text file, an image, or the entries of a directory (those that are directories end in /). " +
      "Long ones are shown in parts; the last line says how to go on.",
    parameters: {
      type: "object",
      properties: {
        filePath: { type: "string", description: "Path of the file or directory." },
        offset: { type: "integer", minimum: 0, description: "First line or entry to show, from 1; 1 when left out." },
        limit: { type: "integer", minimum: 1, description: "Most lines or entries; 2000 when left out." },
      },
      required: ["filePath"],
    },
    async run(args, { signal }) {
      const input = new ToolArguments(args);
      const path = input.word("filePath");
      const window = {
        offset: Math.max(1, input.optionalCount("offset", 0) ?? 1),
        limit: input.optionalCount("limit", 1) ?? DEFAULT_LINES,
      };
      const opened = await openPath(shell, path, { ...window, signal });
      if (opened.kind === "directory") return listing(opened, window);
      const mimeType = imageType(opened.head);
      return mimeType === undefined
        ? fileText(opened, window)
        : await image(shell, { path, mimeType, size: opened.size, signal });
    },
  };
}

function listing(entries: { readonly total: number; readonly bytes: Buffer; readonly isCut: boolean }, window: Window) {
  const view = windowLines({ text: entries.bytes.toString("utf8"), isCut: entries.isCut });
  const lines = view.lines.length === 0 && entries.total === 0 ? ["(empty)"] : view.lines;
  return found([...lines, "", directoryFooter(view, { offset: window.offset, total: entries.total })].join("\n"));
}

function fileText(file: FileWindow, { offset }: Window): ToolResult {
  const { total } = file;
  if (offset > Math.max(1, total)) return refused(`Offset ${offset} is out of range for this file (${total} lines)`);
  const text = decoded(file);
  if (text === undefined) return refused("Cannot view this file: expected UTF-8 text or an image.");
  const view = windowLines({ text, isCut: file.isCut });
  return found([...view.lines, "", fileFooter(view, { offset, total })].join("\n"));
}

/** The text of a part, or undefined where it is none; a character that the cut fell into is no reason against it. */
function decoded({ bytes, isCut }: FileWindow): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}

interface ImageOptions {
  readonly path: string;
  readonly mimeType: string;
  readonly size: number;
  readonly signal: AbortSignal;
}

async function image(shell: ToolShell, { path, mimeType, size, signal }: ImageOptions): Promise<ToolResult> {
  if (size > MOST_IMAGE_BYTES) {
    return refused(`Cannot view this image: it has ${size} bytes, and at most ${MOST_IMAGE_BYTES} can be shown.`);
  }
  const bytes = await shell.readFile(path, { maxBytes: MOST_IMAGE_BYTES, signal });
  return shown({ type: "image", data: bytes.toString("base64"), mimeType });
}
