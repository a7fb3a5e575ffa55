import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { commandLine, shellPath, shellQuote } from "./shell-quote.ts";

const word = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(..."'\"\\`$(){}[]*?!~#;&|<> \t\n\r=-aé漢😀\u0001\u007f") }),
);
const words = fc.array(
  word.map((text) => text.replaceAll("\0", "")),
  { minLength: 1, maxLength: 40 },
);

function bash(script: string): string {
  return execFileSync("bash", ["-c", script], { encoding: "utf8" });
}

test("a real bash reads back any text, quoted", () => {
  fc.assert(
    fc.property(words, (texts) => {
      const said = bash(`printf '%s\\0' ${texts.map(shellQuote).join(" ")}`);
      expect(said.split("\0").slice(0, -1)).toEqual(texts);
    }),
    { numRuns: 60 },
  );
});

test("variables reach the command as they were given", () => {
  fc.assert(
    fc.property(words, (values) => {
      const env = Object.fromEntries(values.map((value, index) => [`V_${index}`, value]));
      const reads = values.map((_, index) => `"$V_${index}"`).join(" ");
      const said = bash(commandLine(`bash -c 'printf "%s\\0" "$@"' - ${reads}`, { env }));
      expect(said.split("\0").slice(0, -1)).toEqual(values);
    }),
    { numRuns: 30 },
  );
});

test("the command itself is left alone: here-documents, comments, several lines, its own status", () => {
  expect(bash(commandLine("cat <<'X' # not $HOME\n$A\nX\necho $A", { env: { A: "1" } }))).toBe("$A\n1\n");
});

test("runs where it is told, whatever the directory is called and CDPATH says", () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "quote-")));
  try {
    bash(`cd ${shellQuote(root)} && mkdir -- '- ' "it's" '-'`);
    for (const name of ["- ", "it's", "-"]) {
      const script = commandLine("pwd", { cwd: name });
      expect(bash(`cd ${shellQuote(root)}\nexport CDPATH=/\n${script}`)).toBe(`${root}/${name}\n`);
    }
    expect(() => bash(commandLine("echo reached", { cwd: join(root, "absent") }))).toThrow("No such file or directory");
  } finally {
    rmSync(root, { recursive: true });
  }
});

test.each([
  ["a NUL in a word", () => shellQuote("a\0b")],
  ["a NUL in a command", () => commandLine("a\0b", {})],
  ["an empty path", () => shellPath("")],
  ["a variable that would be a command", () => commandLine("x", { env: { "A=1; rm -rf": "" } })],
])("refuses %s", (_what, quote) => {
  expect(quote).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
