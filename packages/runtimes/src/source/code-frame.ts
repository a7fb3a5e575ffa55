/** A message about a place in a file. Line and column count from 1. */
export interface CodeFrame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
  /** The line's text; left out when it is unknown or blank. */
  readonly code: string | undefined;
}

const WIDTH = 100;

/** `file:line:column: text`, and the line with a caret below: a window of it when the line is long. */
export function codeFrame(frame: CodeFrame): string {
  const head = `${frame.file}:${frame.line}:${frame.column}: ${frame.text}`;
  if (frame.code === undefined || frame.code.trim() === "") return head;
  const from = Math.max(0, frame.column - 1 - WIDTH / 2);
  const shown = frame.code.slice(from, from + WIDTH).replaceAll("\t", " ");
  const gutter = `  ${frame.line} | `;
  const caret = `${" ".repeat(gutter.length - 2)}| ${" ".repeat(frame.column - 1 - from)}^`;
  return `${head}\n\n${gutter}${shown.trimEnd()}\n${caret}`;
}
