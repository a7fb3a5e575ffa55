import type { Output } from "./output.ts";

/** A column: its title, and `right` for numbers. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Draws a table without rules between the rows: readable on a terminal, greppable in a log. */
export async function drawTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  output: Output,
): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const table = new Table({
    head: columns.map((column) => output.colors.bold(column.title)),
    colAligns: columns.map((column) => column.align ?? "left"),
    chars: PLAIN,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const PLAIN = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ].map((name) => [name, ""]),
);
