import type { Json } from "./json-types.ts";

/** A number as its file spells it: `1` and `1.0` are two tokens. */
export class NumberToken {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A JSON value whose numbers are still tokens. */
export type JsonNode =
  | string
  | boolean
  | null
  | NumberToken
  | readonly JsonNode[]
  | { readonly [key: string]: JsonNode };

/** A text that is not JSON, with the place where it stops being so. */
export class JsonSyntaxError extends Error {
  /** What is wrong, without the place. */
  readonly problem: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;

  constructor(problem: string, text: string, offset: number) {
    const before = text.slice(0, offset);
    const line = before.split("\n").length;
    const column = offset - before.lastIndexOf("\n");
    super(`${problem} at line ${line}, column ${column}`);
    this.name = "JsonSyntaxError";
    this.problem = problem;
    this.line = line;
    this.column = column;
  }
}

// Nested deeper, a text is an attack on the stack rather than data.
const MAX_DEPTH = 512;
const NUMBER = /-?(?:Infinity|(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|NaN/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a string
const PLAIN_STRING = /[^"\\\u0000-\u001f]*/y;
const BLANK = /[ \t\n\r]*/y;

/**
 * Parses JSON as Python writes it (`NaN`, `Infinity` and `-Infinity` are numbers), keeping number tokens.
 *
 * @throws JsonSyntaxError
 */
export function parseJsonNode(text: string): JsonNode {
  return new Parser(text).document();
}

/**
 * Parses JSON to plain values; non-finite tokens of a Python peer become the numbers they name.
 *
 * @throws JsonSyntaxError
 */
export function parseJson(text: string): Json {
  if (!mayBeDeep(text)) {
    try {
      return rejectPrototypeKeys(JSON.parse(text) as Json, text);
    } catch {
      // Python's tokens, or an error whose place is to be told: what the parser below is for.
    }
  }
  return nodeToValue(parseJsonNode(text));
}

/** The plain value of a node; an integer beyond 2^53 loses digits, as everywhere in JavaScript. */
export function nodeToValue(node: JsonNode): Json {
  if (node instanceof NumberToken) return Number(node.text);
  if (Array.isArray(node)) return node.map(nodeToValue);
  if (typeof node === "object" && node !== null) {
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, nodeToValue(value)]));
  }
  return node as Json;
}

// JSON.parse takes any depth, and JSON.stringify then dies of it. Brackets within strings count here too, so that the scan stays a
// cheap one: a text that only looks deep is left to the parser that knows.
function mayBeDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at) | 0x20; // maps [ and ] to { and }
    if (char === 0x7b) depth++;
    else if (char === 0x7d) depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

// JSON.parse makes `__proto__` an own member, harmless until somebody copies it by assignment.
function rejectPrototypeKeys(value: Json, text: string): Json {
  if (text.includes('"__proto__"')) throw new SyntaxError("__proto__ is no member name");
  return value;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  document(): JsonNode {
    const value = this.#value(0);
    this.#skipBlank();
    if (this.#at < this.#text.length) throw this.#error("unexpected text after the value");
    return value;
  }

  #value(depth: number): JsonNode {
    if (depth > MAX_DEPTH) throw this.#error(`nesting deeper than ${MAX_DEPTH}`);
    this.#skipBlank();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      case undefined:
        throw this.#error("unexpected end");
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonNode {
    const members: Record<string, JsonNode> = {};
    this.#at++;
    if (this.#take("}")) return members;
    do {
      this.#skipBlank();
      if (this.#text[this.#at] !== '"') throw this.#error("expected a member name in double quotes");
      const key = this.#string();
      if (key === "__proto__") throw this.#error("__proto__ is no member name");
      if (!this.#take(":")) throw this.#error("expected ':'");
      members[key] = this.#value(depth + 1);
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#error("expected ',' or '}'");
    return members;
  }

  #array(depth: number): JsonNode {
    const items: JsonNode[] = [];
    this.#at++;
    if (this.#take("]")) return items;
    do items.push(this.#value(depth + 1));
    while (this.#take(","));
    if (!this.#take("]")) throw this.#error("expected ',' or ']'");
    return items;
  }

  #string(): string {
    const start = this.#at;
    let at = start + 1;
    for (;;) {
      PLAIN_STRING.lastIndex = at;
      PLAIN_STRING.test(this.#text);
      at = PLAIN_STRING.lastIndex;
      const char = this.#text[at];
      if (char === '"') break;
      if (char !== "\\")
        throw this.#error(char === undefined ? "unterminated string" : "control character in string", at);
      at += 2;
    }
    this.#at = at + 1;
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      throw this.#error("bad escape in string", start);
    }
  }

  #number(): NumberToken {
    NUMBER.lastIndex = this.#at;
    const token = NUMBER.exec(this.#text)?.[0];
    if (token === undefined) throw this.#error("expected a value");
    this.#at += token.length;
    return new NumberToken(token);
  }

  #word<T extends JsonNode>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error("expected a value");
    this.#at += word.length;
    return value;
  }

  #take(char: string): boolean {
    this.#skipBlank();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skipBlank(): void {
    BLANK.lastIndex = this.#at;
    BLANK.test(this.#text);
    this.#at = BLANK.lastIndex;
  }

  #error(problem: string, at = this.#at): JsonSyntaxError {
    return new JsonSyntaxError(problem, this.#text, at);
  }
}
