/** Which part of a listing or file is asked for. */
export interface Window {
  /** 1-based. */
  readonly offset: number;
  /** Most lines. */
  readonly limit: number;
}

/** A part of a text, as it came. */
export interface WindowText {
  readonly text: string;
  /** Whether bytes of the part were left out at its end. */
  readonly isCut: boolean;
}

/** The lines of a part, and what to say below them. */
export interface WindowView {
  readonly lines: readonly string[];
  /** Lines that were begun but not shown to their end: 0 or 1. */
  readonly cutLines: number;
}

/** The whole lines of a part; of one that holds not even a line, the beginning of that line. */
export function windowLines({ text, isCut }: WindowText): WindowView {
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  if (!isCut) return { lines: last === "" ? lines : [...lines, last], cutLines: 0 };
  return lines.length === 0 ? { lines: [last], cutLines: 1 } : { lines, cutLines: 0 };
}

/** What stands below the lines of a file. */
export function fileFooter(view: WindowView, o: { offset: number; total: number }): string {
  const last = o.offset + view.lines.length - 1;
  if (view.cutLines > 0) {
    return `(Line ${last} of ${o.total} is longer than what is shown. Use bash, such as cut -c, to see more of it.)`;
  }
  if (last >= o.total) return `(End of file - total ${o.total} lines)`;
  return `(Showing lines ${o.offset}-${last} of ${o.total}. Use offset=${last + 1} to continue.)`;
}

/** What stands below the entries of a directory. */
export function directoryFooter(view: WindowView, o: { offset: number; total: number }): string {
  const next = o.offset + view.lines.length;
  if (next > o.total) return `(${view.lines.length} entries)`;
  return `(Showing ${view.lines.length} of ${o.total} entries. Use offset=${next} to continue.)`;
}
