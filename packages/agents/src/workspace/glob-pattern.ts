import { posix } from "node:path";

/** Where a pattern's matches lie, and what they look like from there. */
export interface GlobSearch {
  /** Directory below which everything lies. */
  readonly base: string;
  /** POSIX extended regular expression for a whole path that begins with `./` at the base. */
  readonly regex: string;
}

/**
 * What to search for a pattern: `*` and `?` stay within a name, `**` goes through directories, and `[a-z]`, `[!a-z]`, `{a,b}`
 * and `\` mean what they mean in bash. A pattern without a slash matches names at any depth.
 */
export function globSearch(pattern: string, path: string): GlobSearch {
  const segments = pattern.split("/");
  const firstMagic = segments.findIndex((segment) => /[*?[{\\]/.test(segment));
  const fixed = segments.slice(0, firstMagic === -1 ? -1 : firstMagic); // searched from there: faster, and .. works
  const rest = segments.slice(fixed.length).join("/");
  const base = pattern.startsWith("/") ? posix.join("/", ...fixed) : posix.join(path, ...fixed);
  return { base, regex: fixed.length === 0 ? pathRegex(rest) : `^\\./${globRegex(rest)}$` };
}

/** A pattern as a regular expression for a whole path that begins with `./`; without a slash it matches at any depth. */
export function pathRegex(pattern: string): string {
  const relative = pattern.replace(/^(\.?\/)+/, "");
  return `^\\./${pattern.includes("/") ? "" : "(.*/)?"}${globRegex(relative)}$`;
}

// In this order: what is longer wins. A set or braces without an end mean themselves.
const TOKEN = /\*\*\/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|\{|\}|,|\\.|./gsu;

/** A pattern as a POSIX extended regular expression. */
export function globRegex(pattern: string): string {
  const tokens = pattern.match(TOKEN) ?? [];
  const balanced = hasBalancedBraces(tokens);
  let depth = 0;
  const parts = tokens.map((token) => {
    if (token === "{" && balanced) depth++;
    const inBraces = depth > 0;
    if (token === "}" && balanced) depth--;
    return inBraces ? (BRACES[token] ?? tokenRegex(token)) : tokenRegex(token);
  });
  return parts.join("");
}

const BRACES: Readonly<Record<string, string>> = { "{": "(", ",": "|", "}": ")" };
const WILDCARDS: Readonly<Record<string, string>> = { "**/": "(.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };

function tokenRegex(token: string): string {
  const wildcard = WILDCARDS[token];
  if (wildcard !== undefined) return wildcard;
  if (token.startsWith("[") && token.length > 1) return token.replace(/^\[!/, "[^");
  return literal(token.startsWith("\\") && token.length > 1 ? token.slice(1) : token);
}

function literal(char: string): string {
  return /[\\^$.|?*+()[{}]/.test(char) ? `\\${char}` : char;
}

function hasBalancedBraces(tokens: readonly string[]): boolean {
  let depth = 0;
  for (const token of tokens) {
    if (token === "{") depth++;
    else if (token === "}" && --depth < 0) return false;
  }
  return depth === 0;
}
