import { shellQuote } from "./shell-quote.ts";

/** Directories that are never searched, unless one asks for what lies in them: others' code, and git's own. */
const IGNORED_DIRECTORIES = [".git", "node_modules"] as const;

/** The command that prints what lies below the working directory, as paths that begin with `./`. */
export function findCommand(tests: string): string {
  const pruned = IGNORED_DIRECTORIES.map((name) => `-name ${name}`).join(" -o ");
  return `find . -type d \\( ${pruned} \\) -prune -o ${tests}`;
}

/** The command that keeps the paths which a regular expression matches. */
export function grepPaths(regex: string, flags: string): string {
  return `LC_ALL=C.UTF-8 grep -a${flags}E -e ${shellQuote(regex)}`;
}

/** The command that ends a script with grep's message when a regular expression is none, which a pipeline would not show. */
export function checkRegex(regex: string): string {
  return `grep -qE -e ${shellQuote(regex)} < /dev/null; [ $? -le 1 ] || exit 1`;
}

/** Most bytes of a listing: below what the loop shows of a result, so that its last line survives. */
export const MOST_LISTING_BYTES = 30_000;

/** How the lines of a search are shown. */
export interface ListingOptions {
  readonly most: number;
  readonly show: (line: string) => string;
}

/** The lines that a search printed, and whether there are more; undefined when there is none. */
export function listing(output: string, { most, show }: ListingOptions): string | undefined {
  const lines = output.split("\n").slice(0, -1); // what follows the last newline is nothing, or was cut
  if (lines.length === 0) return undefined;
  const shown = lines.slice(0, most).map(show).join("\n");
  if (lines.length <= most && Buffer.byteLength(output) < MOST_LISTING_BYTES) return shown;
  return `${shown}\n\n(Showing the first ${Math.min(most, lines.length)}; narrow the search for others.)`;
}

/** What paths found in a directory begin with. */
export function prefixOf(directory: string): string {
  return directory === "." ? "" : `${directory.replace(/\/+$/, "")}/`;
}

/** A line that begins with a path found by {@link findCommand}, with the directory in place of the dot. */
export function beneath(prefix: string, line: string): string {
  return line.replace(/^\.\//, () => prefix);
}
